/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fr_sqr_adx(fr *r, const fr *a);
 * Effect:       r = a^2 / 2^256 mod r, in [0, r)
 * Precondition: a in [0, r). r may alias a.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, r12, r13, r14, r15 are saved
 *               and restored; rbp is not touched. Stack: 40 bytes.
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
	.globl	fr_sqr_adx
	.hidden	fr_sqr_adx
	.type	fr_sqr_adx, @function
	.p2align 6
fr_sqr_adx:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	push	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	push	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	push	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	mov	0(%rsi), %rdx
	mulx	8(%rsi), %r9, %r10
	mulx	16(%rsi), %rax, %r11
	add	%rax, %r10
	mulx	24(%rsi), %rax, %r12
	adc	%rax, %r11
	adc	$0, %r12
	mov	8(%rsi), %rdx
	xor	%eax, %eax
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	24(%rsi), %rax, %r13
	mov	$0, %ebx
	adcx	%rax, %r12
	adcx	%rbx, %r13
	adox	%rbx, %r13
	mov	16(%rsi), %rdx
	xor	%eax, %eax
	mulx	24(%rsi), %rax, %r14
	mov	$0, %ebx
	adcx	%rax, %r13
	adcx	%rbx, %r14
	adox	%rbx, %r14
	mov	0(%rsi), %rdx
	xor	%eax, %eax
	mulx	%rdx, %r8, %rbx
	adcx	%r9, %r9
	adox	%rbx, %r9
	mov	8(%rsi), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r10, %r10
	adox	%rax, %r10
	adcx	%r11, %r11
	adox	%rbx, %r11
	mov	16(%rsi), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r12, %r12
	adox	%rax, %r12
	adcx	%r13, %r13
	adox	%rbx, %r13
	mov	24(%rsi), %rdx
	mulx	%rdx, %rax, %rcx
	adcx	%r14, %r14
	adox	%rax, %r14
	mov	$0, %eax
	adcx	%rax, %rcx
	adox	%rax, %rcx
	mov	%r8, %rdx
	mov	$0, %r8d
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r8
	mulx	.Lfold+24(%rip), %rax, %rsi
	adcx	%rax, %r8
	adcx	%r15, %rsi
	mov	%r9, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r8
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %rsi
	mulx	.Lfold+24(%rip), %rax, %r9
	adcx	%rax, %rsi
	adcx	%r15, %r9
	adox	%r15, %r9
	mov	%r10, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r8
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %rsi
	mulx	.Lm+24(%rip), %rax, %rbx
	adcx	%rax, %rsi
	adox	%rbx, %r9
	adcx	%r15, %r9
	mov	%r11, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r8
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %rsi
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %rsi
	adox	%rbx, %r9
	mulx	.Lm+24(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	adcx	%r15, %r10
	add	%r12, %r8
	adc	%r13, %rsi
	adc	%r14, %r9
	adc	%rcx, %r10
	mov	%r8, %rax
	mov	%rsi, %rbx
	mov	%r9, %rcx
	mov	%r10, %rdx
	sub	.Lm+0(%rip), %r8
	sbb	.Lm+8(%rip), %rsi
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	cmovc	%rax, %r8
	mov	%r8, 0(%rdi)
	cmovc	%rbx, %rsi
	mov	%rsi, 8(%rdi)
	cmovc	%rcx, %r9
	mov	%r9, 16(%rdi)
	cmovc	%rdx, %r10
	mov	%r10, 24(%rdi)
	pop	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore r15
	pop	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore r14
	pop	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore r13
	pop	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore r12
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	ret
	.cfi_endproc
	.size	fr_sqr_adx, .-fr_sqr_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
