/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fr_mul_adx(fr *r, const fr *a, const fr *b);
 * Effect:       r = a b / 2^256 mod r, in [0, r)
 * Precondition: a, b in [0, r). r may alias a and b.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, r12, r15 are saved
 *               and restored; rbp is not touched. Stack: 24 bytes.
 */
#if defined(__x86_64__)
	.section .rodata
	.p2align 6
.Lm: /* the modulus */
	.quad	0xffffffff00000001
	.quad	0x53bda402fffe5bfe
	.quad	0x3339d80809a1d805
	.quad	0x73eda753299d7d48
.Lfold: /* 2^-64 mod m */
	.quad	0xac43fffd0001a403
	.quad	0x16e1f3f5a29edff6
	.quad	0x95aeb36cacca82b5
	.quad	0x73eda752b5afd5f4
.Ln0: /* -1/m mod 2^64 */
	.quad	0xfffffffeffffffff
	.text
	.globl	fr_mul_adx
	.hidden	fr_mul_adx
	.type	fr_mul_adx, @function
	.p2align 6
fr_mul_adx:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	push	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	mov	%rdx, %rcx
	mov	0(%rcx), %rdx
	mulx	0(%rsi), %r8, %r9
	mulx	8(%rsi), %rax, %r10
	add	%rax, %r9
	mulx	16(%rsi), %rax, %r11
	adc	%rax, %r10
	mulx	24(%rsi), %rax, %r12
	adc	%rax, %r11
	adc	$0, %r12
	mov	%r8, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lfold+24(%rip), %rax, %r8
	adcx	%rax, %r12
	adcx	%r15, %r8
	adox	%r15, %r8
	mov	8(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	0(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	8(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r8
	adcx	%r15, %r8
	mov	%r9, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r8
	mulx	.Lfold+24(%rip), %rax, %r9
	adcx	%rax, %r8
	adcx	%r15, %r9
	adox	%r15, %r9
	mov	16(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	0(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	8(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r8
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	adcx	%r15, %r9
	mov	%r10, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r8
	mulx	.Lm+24(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	adcx	%r10, %r9
	adcx	%r15, %r10
	adox	%r15, %r10
	mov	24(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	0(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	8(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r8
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	adcx	%r15, %r10
	mov	%r11, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r8
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lm+24(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	adcx	%r15, %r10
	mov	%r12, %rax
	mov	%r8, %rbx
	mov	%r9, %rcx
	mov	%r10, %rdx
	sub	.Lm+0(%rip), %r12
	sbb	.Lm+8(%rip), %r8
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	cmovc	%rax, %r12
	mov	%r12, 0(%rdi)
	cmovc	%rbx, %r8
	mov	%r8, 8(%rdi)
	cmovc	%rcx, %r9
	mov	%r9, 16(%rdi)
	cmovc	%rdx, %r10
	mov	%r10, 24(%rdi)
	pop	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore r15
	pop	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore r12
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	ret
	.cfi_endproc
	.size	fr_mul_adx, .-fr_mul_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
