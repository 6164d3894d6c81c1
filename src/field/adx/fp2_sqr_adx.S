/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fp2_sqr_adx(fp r[2], const fp a[2]);
 * Effect:       (r0 + r1 u) = (a0 + a1 u)^2 / 2^384 modulo p and u^2 + 1, parts in [0, p)
 * Precondition: a0, a1 in [0, p). r may alias a.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, r12, r13, r14, r15 are saved
 *               and restored; rbp is not touched. Stack: 184 bytes.
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
	.globl	fp2_sqr_adx
	.hidden	fp2_sqr_adx
	.type	fp2_sqr_adx, @function
	.p2align 6
fp2_sqr_adx:
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
	sub	$144, %rsp
	.cfi_adjust_cfa_offset 144
	mov	0(%rsi), %r8
	mov	8(%rsi), %r9
	mov	16(%rsi), %r10
	mov	24(%rsi), %r11
	mov	32(%rsi), %r12
	mov	40(%rsi), %r13
	add	48(%rsi), %r8
	adc	56(%rsi), %r9
	adc	64(%rsi), %r10
	adc	72(%rsi), %r11
	adc	80(%rsi), %r12
	adc	88(%rsi), %r13
	mov	%r8, 0(%rsp)
	mov	%r9, 8(%rsp)
	mov	%r10, 16(%rsp)
	mov	%r11, 24(%rsp)
	mov	%r12, 32(%rsp)
	mov	%r13, 40(%rsp)
	mov	0(%rsi), %r8
	mov	8(%rsi), %r9
	mov	16(%rsi), %r10
	mov	24(%rsi), %r11
	mov	32(%rsi), %r12
	mov	40(%rsi), %r13
	add	0(%rsi), %r8
	adc	8(%rsi), %r9
	adc	16(%rsi), %r10
	adc	24(%rsi), %r11
	adc	32(%rsi), %r12
	adc	40(%rsi), %r13
	mov	%r8, 96(%rsp)
	mov	%r9, 104(%rsp)
	mov	%r10, 112(%rsp)
	mov	%r11, 120(%rsp)
	mov	%r12, 128(%rsp)
	mov	%r13, 136(%rsp)
	mov	0(%rsi), %r8
	mov	8(%rsi), %r9
	mov	16(%rsi), %r10
	mov	24(%rsi), %r11
	mov	32(%rsi), %r12
	mov	40(%rsi), %r13
	sub	48(%rsi), %r8
	sbb	56(%rsi), %r9
	sbb	64(%rsi), %r10
	sbb	72(%rsi), %r11
	sbb	80(%rsi), %r12
	sbb	88(%rsi), %r13
	add	.Lm+0(%rip), %r8
	adc	.Lm+8(%rip), %r9
	adc	.Lm+16(%rip), %r10
	adc	.Lm+24(%rip), %r11
	adc	.Lm+32(%rip), %r12
	adc	.Lm+40(%rip), %r13
	mov	%r8, 48(%rsp)
	mov	%r9, 56(%rsp)
	mov	%r10, 64(%rsp)
	mov	%r11, 72(%rsp)
	mov	%r12, 80(%rsp)
	mov	%r13, 88(%rsp)
	/* r0; a1 is read after it is written, a0 is not */
	mov	0(%rsp), %rdx
	mulx	48(%rsp), %r8, %r9
	mulx	56(%rsp), %rax, %r10
	add	%rax, %r9
	mulx	64(%rsp), %rax, %r11
	adc	%rax, %r10
	mulx	72(%rsp), %rax, %r12
	adc	%rax, %r11
	mulx	80(%rsp), %rax, %r13
	adc	%rax, %r12
	mulx	88(%rsp), %rax, %r14
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
	mov	8(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	56(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	64(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	72(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	80(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	88(%rsp), %rax, %rbx
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
	mov	16(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	56(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	64(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	72(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	80(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	88(%rsp), %rax, %rbx
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
	mov	24(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	56(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	64(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	72(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	80(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	88(%rsp), %rax, %rbx
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
	mov	32(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	56(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	64(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	72(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	80(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	88(%rsp), %rax, %rbx
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
	mov	40(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	56(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	64(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	72(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	80(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	88(%rsp), %rax, %rbx
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
	mov	%r11, %r15
	mov	%r12, %r13
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
	cmovc	%r15, %r11
	mov	%r11, 32(%rdi)
	cmovc	%r13, %r12
	mov	%r12, 40(%rdi)
	/* r1 */
	mov	96(%rsp), %rdx
	mulx	48(%rsi), %r8, %r9
	mulx	56(%rsi), %rax, %r10
	add	%rax, %r9
	mulx	64(%rsi), %rax, %r11
	adc	%rax, %r10
	mulx	72(%rsi), %rax, %r12
	adc	%rax, %r11
	mulx	80(%rsi), %rax, %r13
	adc	%rax, %r12
	mulx	88(%rsi), %rax, %r14
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
	mov	104(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	56(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	64(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	72(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	80(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	88(%rsi), %rax, %rbx
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
	mov	112(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	56(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	64(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	72(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	80(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	88(%rsi), %rax, %rbx
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
	mov	120(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	56(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	64(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	72(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	80(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	88(%rsi), %rax, %rbx
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
	mov	128(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	56(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	64(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	72(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	80(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	88(%rsi), %rax, %rbx
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
	mov	136(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	48(%rsi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	56(%rsi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	64(%rsi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	72(%rsi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	80(%rsi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	88(%rsi), %rax, %rbx
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
	mov	%r11, %r15
	mov	%r12, %r13
	sub	.Lm+0(%rip), %r14
	sbb	.Lm+8(%rip), %r8
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	sbb	.Lm+32(%rip), %r11
	sbb	.Lm+40(%rip), %r12
	cmovc	%rax, %r14
	mov	%r14, 48(%rdi)
	cmovc	%rbx, %r8
	mov	%r8, 56(%rdi)
	cmovc	%rcx, %r9
	mov	%r9, 64(%rdi)
	cmovc	%rdx, %r10
	mov	%r10, 72(%rdi)
	cmovc	%r15, %r11
	mov	%r11, 80(%rdi)
	cmovc	%r13, %r12
	mov	%r12, 88(%rdi)
	add	$144, %rsp
	.cfi_adjust_cfa_offset -144
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
	.size	fp2_sqr_adx, .-fp2_sqr_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
