/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fp_sqr_adx(fp *r, const fp *a);
 * Effect:       r = a^2 / 2^384 mod p, in [0, p)
 * Precondition: a in [0, 2 p). r may alias a.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, r12, r13, r14, r15 are saved
 *               and restored; rbp is not touched. Stack: 104 bytes.
 */
#if defined(__x86_64__)
	.section .rodata
	.p2align 6
.Lm: /* the modulus */
	.quad	0xb9feffffffffaaab
	.quad	0x1eabfffeb153ffff
	.quad	0x6730d2a0f6b0f624
	.quad	0x64774b84f38512bf
	.quad	0x4b1ba7b6434bacd7
	.quad	0x1a0111ea397fe69a
.Lfold: /* 2^-64 mod m */
	.quad	0x6a4aaa14be07a408
	.quad	0x5d4f098d2923b9a3
	.quad	0x622385e49d0feeb0
	.quad	0x5fb6d192233b3b63
	.quad	0x2cffcd0f221a175b
	.quad	0x0e035b9b1e00bc8e
.Ln0: /* -1/m mod 2^64 */
	.quad	0x89f3fffcfffcfffd
	.text
	.globl	fp_sqr_adx
	.hidden	fp_sqr_adx
	.type	fp_sqr_adx, @function
	.p2align 6
fp_sqr_adx:
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
	sub	$64, %rsp
	.cfi_adjust_cfa_offset 64
	mov	%rdi, 56(%rsp)
	mov	0(%rsi), %rdx
	mulx	8(%rsi), %r8, %r9
	mulx	16(%rsi), %rax, %r10
	add	%rax, %r9
	mulx	24(%rsi), %rax, %r11
	adc	%rax, %r10
	mulx	32(%rsi), %rax, %r12
	adc	%rax, %r11
	mulx	40(%rsi), %rax, %r13
	adc	%rax, %r12
	adc	$0, %r13
	mov	8(%rsi), %rdx
	xor	%eax, %eax
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	40(%rsi), %rax, %r14
	mov	$0, %ebx
	adcx	%rax, %r13
	adcx	%rbx, %r14
	adox	%rbx, %r14
	mov	16(%rsi), %rdx
	xor	%eax, %eax
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	40(%rsi), %rax, %rcx
	mov	$0, %ebx
	adcx	%rax, %r14
	adcx	%rbx, %rcx
	adox	%rbx, %rcx
	mov	24(%rsi), %rdx
	xor	%eax, %eax
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %rcx
	mulx	40(%rsi), %rax, %rdi
	mov	$0, %ebx
	adcx	%rax, %rcx
	adcx	%rbx, %rdi
	adox	%rbx, %rdi
	mov	32(%rsi), %rdx
	xor	%eax, %eax
	mulx	40(%rsi), %rax, %r15
	mov	$0, %ebx
	adcx	%rax, %rdi
	adcx	%rbx, %r15
	adox	%rbx, %r15
	mov	0(%rsi), %rdx
	xor	%eax, %eax
	mulx	%rdx, %rax, %rbx
	mov	%rax, 48(%rsp)
	adcx	%r8, %r8
	adox	%rbx, %r8
	mov	8(%rsi), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r9, %r9
	adox	%rax, %r9
	adcx	%r10, %r10
	adox	%rbx, %r10
	mov	16(%rsi), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r11, %r11
	adox	%rax, %r11
	adcx	%r12, %r12
	adox	%rbx, %r12
	mov	24(%rsi), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r13, %r13
	adox	%rax, %r13
	mov	%r13, 0(%rsp)
	adcx	%r14, %r14
	adox	%rbx, %r14
	mov	%r14, 8(%rsp)
	mov	32(%rsi), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%rcx, %rcx
	adox	%rax, %rcx
	mov	%rcx, 16(%rsp)
	adcx	%rdi, %rdi
	adox	%rbx, %rdi
	mov	%rdi, 24(%rsp)
	mov	40(%rsi), %rdx
	mulx	%rdx, %rax, %rsi
	adcx	%r15, %r15
	adox	%rax, %r15
	mov	%r15, 32(%rsp)
	mov	$0, %eax
	adcx	%rax, %rsi
	adox	%rax, %rsi
	mov	%rsi, 40(%rsp)
	mov	48(%rsp), %r14
	mov	%r14, %rdx
	mov	$0, %r14d
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r14
	mulx	.Lfold+40(%rip), %rax, %r13
	adcx	%rax, %r14
	adcx	%r15, %r13
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
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r14
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r13
	mulx	.Lfold+40(%rip), %rax, %r8
	adcx	%rax, %r13
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
	adox	%rbx, %r14
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r13
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+40(%rip), %rax, %r9
	adcx	%rax, %r8
	adcx	%r15, %r9
	mov	%r10, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r14
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r13
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lfold+40(%rip), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	mov	%r11, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r14
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r13
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+40(%rip), %rax, %r11
	adcx	%rax, %r10
	adcx	%r15, %r11
	mov	%r12, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r14
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r13
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lm+24(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lm+32(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lm+40(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	adcx	%r15, %r11
	add	0(%rsp), %r14
	adc	8(%rsp), %r13
	adc	16(%rsp), %r8
	adc	24(%rsp), %r9
	adc	32(%rsp), %r10
	adc	40(%rsp), %r11
	mov	56(%rsp), %rdi
	mov	%r14, %rax
	mov	%r13, %rbx
	mov	%r8, %rcx
	mov	%r9, %rdx
	mov	%r10, %rsi
	mov	%r11, %r15
	sub	.Lm+0(%rip), %r14
	sbb	.Lm+8(%rip), %r13
	sbb	.Lm+16(%rip), %r8
	sbb	.Lm+24(%rip), %r9
	sbb	.Lm+32(%rip), %r10
	sbb	.Lm+40(%rip), %r11
	cmovc	%rax, %r14
	mov	%r14, 0(%rdi)
	cmovc	%rbx, %r13
	mov	%r13, 8(%rdi)
	cmovc	%rcx, %r8
	mov	%r8, 16(%rdi)
	cmovc	%rdx, %r9
	mov	%r9, 24(%rdi)
	cmovc	%rsi, %r10
	mov	%r10, 32(%rdi)
	cmovc	%r15, %r11
	mov	%r11, 40(%rdi)
	add	$64, %rsp
	.cfi_adjust_cfa_offset -64
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
	.size	fp_sqr_adx, .-fp_sqr_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
