/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fp_mul_adx(fp *r, const fp *a, const fp *b);
 * Effect:       r = a b / 2^384 mod p, in [0, p)
 * Precondition: a, b in [0, 2 p). r may alias a and b.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, r12, r13, r14, r15 are saved
 *               and restored; rbp is not touched. Stack: 40 bytes.
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
	.globl	fp_mul_adx
	.hidden	fp_mul_adx
	.type	fp_mul_adx, @function
	.p2align 6
fp_mul_adx:
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
	mov	%rdx, %rcx
	mov	0(%rcx), %rdx
	mulx	0(%rsi), %r8, %r9
	mulx	8(%rsi), %rax, %r10
	add	%rax, %r9
	mulx	16(%rsi), %rax, %r11
	adc	%rax, %r10
	mulx	24(%rsi), %rax, %r12
	adc	%rax, %r11
	mulx	32(%rsi), %rax, %r13
	adc	%rax, %r12
	mulx	40(%rsi), %rax, %r14
	adc	%rax, %r13
	adc	$0, %r14
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
	adox	%rbx, %r13
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	.Lfold+40(%rip), %rax, %r8
	adcx	%rax, %r14
	adcx	%r15, %r8
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
	adox	%rbx, %r13
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	40(%rsi), %rax, %rbx
	adcx	%rax, %r14
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
	adox	%rbx, %r13
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	.Lfold+40(%rip), %rax, %r9
	adcx	%rax, %r8
	adcx	%r15, %r9
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
	adox	%rbx, %r13
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	40(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	adcx	%r15, %r9
	mov	%r10, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lfold+40(%rip), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	mov	24(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	0(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	8(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	40(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	adcx	%r15, %r10
	mov	%r11, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r14
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
	mov	32(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	0(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	8(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	40(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	adcx	%r15, %r11
	mov	%r12, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lfold+40(%rip), %rax, %r12
	adcx	%rax, %r11
	adcx	%r15, %r12
	mov	40(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	0(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	8(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	16(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	24(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	32(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	40(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	adcx	%r15, %r12
	mov	%r13, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	.Lm+24(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lm+32(%rip), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	.Lm+40(%rip), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	adcx	%r15, %r12
	mov	%r14, %rax
	mov	%r8, %rbx
	mov	%r9, %rcx
	mov	%r10, %rdx
	mov	%r11, %rsi
	mov	%r12, %r15
	sub	.Lm+0(%rip), %r14
	sbb	.Lm+8(%rip), %r8
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	sbb	.Lm+32(%rip), %r11
	sbb	.Lm+40(%rip), %r12
	cmovc	%rax, %r14
	mov	%r14, 0(%rdi)
	cmovc	%rbx, %r8
	mov	%r8, 8(%rdi)
	cmovc	%rcx, %r9
	mov	%r9, 16(%rdi)
	cmovc	%rdx, %r10
	mov	%r10, 24(%rdi)
	cmovc	%rsi, %r11
	mov	%r11, 32(%rdi)
	cmovc	%r15, %r12
	mov	%r12, 40(%rdi)
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
	.size	fp_mul_adx, .-fp_mul_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
