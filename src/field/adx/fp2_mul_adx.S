/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fp2_mul_adx(fp r[2], const fp a[2], const fp b[2]);
 * Effect:       (r0 + r1 u) = (a0 + a1 u)(b0 + b1 u) / 2^384 modulo p and u^2 + 1, parts in [0, p)
 * Precondition: a0, a1, b0, b1 in [0, p). r may alias a and b.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, r12, r13, r14, r15 are saved
 *               and restored; rbp is not touched. Stack: 480 bytes.
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
	.globl	fp2_mul_adx
	.hidden	fp2_mul_adx
	.type	fp2_mul_adx, @function
	.p2align 6
fp2_mul_adx:
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
	sub	$440, %rsp
	.cfi_adjust_cfa_offset 440
	mov	%rdi, 432(%rsp)
	mov	%rdx, %rcx
	mov	0(%rsi), %r8
	mov	8(%rsi), %r9
	mov	16(%rsi), %r10
	mov	24(%rsi), %r11
	mov	32(%rsi), %r12
	mov	40(%rsi), %r13
	add	48(%rsi), %r8
	mov	%r8, 288(%rsp)
	adc	56(%rsi), %r9
	mov	%r9, 296(%rsp)
	adc	64(%rsi), %r10
	mov	%r10, 304(%rsp)
	adc	72(%rsi), %r11
	mov	%r11, 312(%rsp)
	adc	80(%rsi), %r12
	mov	%r12, 320(%rsp)
	adc	88(%rsi), %r13
	mov	%r13, 328(%rsp)
	mov	0(%rcx), %r8
	mov	8(%rcx), %r9
	mov	16(%rcx), %r10
	mov	24(%rcx), %r11
	mov	32(%rcx), %r12
	mov	40(%rcx), %r13
	add	48(%rcx), %r8
	mov	%r8, 336(%rsp)
	adc	56(%rcx), %r9
	mov	%r9, 344(%rsp)
	adc	64(%rcx), %r10
	mov	%r10, 352(%rsp)
	adc	72(%rcx), %r11
	mov	%r11, 360(%rsp)
	adc	80(%rcx), %r12
	mov	%r12, 368(%rsp)
	adc	88(%rcx), %r13
	mov	%r13, 376(%rsp)
	mov	.Lm+0(%rip), %r8
	mov	.Lm+8(%rip), %r9
	mov	.Lm+16(%rip), %r10
	mov	.Lm+24(%rip), %r11
	mov	.Lm+32(%rip), %r12
	mov	.Lm+40(%rip), %r13
	sub	48(%rsi), %r8
	mov	%r8, 384(%rsp)
	sbb	56(%rsi), %r9
	mov	%r9, 392(%rsp)
	sbb	64(%rsi), %r10
	mov	%r10, 400(%rsp)
	sbb	72(%rsi), %r11
	mov	%r11, 408(%rsp)
	sbb	80(%rsi), %r12
	mov	%r12, 416(%rsp)
	sbb	88(%rsi), %r13
	mov	%r13, 424(%rsp)
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
	mov	%r8, 0(%rsp)
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
	mulx	40(%rsi), %rax, %r8
	adcx	%rax, %r14
	adcx	%r15, %r8
	adox	%r15, %r8
	mov	%r9, 8(%rsp)
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
	mulx	40(%rsi), %rax, %r9
	adcx	%rax, %r8
	adcx	%r15, %r9
	adox	%r15, %r9
	mov	%r10, 16(%rsp)
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
	mulx	40(%rsi), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	adox	%r15, %r10
	mov	%r11, 24(%rsp)
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
	mulx	40(%rsi), %rax, %r11
	adcx	%rax, %r10
	adcx	%r15, %r11
	adox	%r15, %r11
	mov	%r12, 32(%rsp)
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
	mulx	40(%rsi), %rax, %r12
	adcx	%rax, %r11
	adcx	%r15, %r12
	adox	%r15, %r12
	mov	%r13, 40(%rsp)
	mov	%r14, 48(%rsp)
	mov	%r8, 56(%rsp)
	mov	%r9, 64(%rsp)
	mov	%r10, 72(%rsp)
	mov	%r11, 80(%rsp)
	mov	%r12, 88(%rsp)
	mov	48(%rcx), %rdx
	mulx	384(%rsp), %r8, %r9
	mulx	392(%rsp), %rax, %r10
	add	%rax, %r9
	mulx	400(%rsp), %rax, %r11
	adc	%rax, %r10
	mulx	408(%rsp), %rax, %r12
	adc	%rax, %r11
	mulx	416(%rsp), %rax, %r13
	adc	%rax, %r12
	mulx	424(%rsp), %rax, %r14
	adc	%rax, %r13
	adc	$0, %r14
	mov	%r8, 96(%rsp)
	mov	56(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	384(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	392(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	400(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	408(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	416(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	424(%rsp), %rax, %r8
	adcx	%rax, %r14
	adcx	%r15, %r8
	adox	%r15, %r8
	mov	%r9, 104(%rsp)
	mov	64(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	384(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	392(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	400(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	408(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	416(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	424(%rsp), %rax, %r9
	adcx	%rax, %r8
	adcx	%r15, %r9
	adox	%r15, %r9
	mov	%r10, 112(%rsp)
	mov	72(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	384(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	392(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	400(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	408(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	416(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	424(%rsp), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	adox	%r15, %r10
	mov	%r11, 120(%rsp)
	mov	80(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	384(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	392(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	400(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	408(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	416(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	424(%rsp), %rax, %r11
	adcx	%rax, %r10
	adcx	%r15, %r11
	adox	%r15, %r11
	mov	%r12, 128(%rsp)
	mov	88(%rcx), %rdx
	xor	%r15d, %r15d
	mulx	384(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	392(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	400(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	408(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	416(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	424(%rsp), %rax, %r12
	adcx	%rax, %r11
	adcx	%r15, %r12
	adox	%r15, %r12
	mov	%r13, 136(%rsp)
	mov	%r14, 144(%rsp)
	mov	%r8, 152(%rsp)
	mov	%r9, 160(%rsp)
	mov	%r10, 168(%rsp)
	mov	%r11, 176(%rsp)
	mov	%r12, 184(%rsp)
	mov	432(%rsp), %rdi
	/* r0 = v0 + v1 */
	mov	0(%rsp), %r8
	mov	8(%rsp), %r9
	mov	16(%rsp), %r10
	mov	24(%rsp), %r11
	mov	32(%rsp), %r12
	mov	40(%rsp), %r13
	mov	48(%rsp), %r14
	mov	56(%rsp), %rax
	mov	64(%rsp), %rbx
	mov	72(%rsp), %rcx
	mov	80(%rsp), %rdx
	mov	88(%rsp), %rsi
	add	96(%rsp), %r8
	adc	104(%rsp), %r9
	adc	112(%rsp), %r10
	adc	120(%rsp), %r11
	adc	128(%rsp), %r12
	adc	136(%rsp), %r13
	adc	144(%rsp), %r14
	adc	152(%rsp), %rax
	adc	160(%rsp), %rbx
	adc	168(%rsp), %rcx
	adc	176(%rsp), %rdx
	adc	184(%rsp), %rsi
	mov	%r14, 240(%rsp)
	mov	%rax, 248(%rsp)
	mov	%rbx, 256(%rsp)
	mov	%rcx, 264(%rsp)
	mov	%rdx, 272(%rsp)
	mov	%rsi, 280(%rsp)
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
	adox	%rbx, %r12
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+40(%rip), %rax, %r14
	adcx	%rax, %r8
	adcx	%r15, %r14
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
	adox	%rbx, %r8
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+40(%rip), %rax, %r9
	adcx	%rax, %r14
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
	adox	%rbx, %r8
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r9
	mulx	.Lfold+40(%rip), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	mov	%r11, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r9
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+40(%rip), %rax, %r11
	adcx	%rax, %r10
	adcx	%r15, %r11
	mov	%r12, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r14
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
	mov	%r13, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r14
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
	add	240(%rsp), %r8
	adc	248(%rsp), %r14
	adc	256(%rsp), %r9
	adc	264(%rsp), %r10
	adc	272(%rsp), %r11
	adc	280(%rsp), %r12
	mov	%r8, %rax
	mov	%r14, %rbx
	mov	%r9, %rcx
	mov	%r10, %rdx
	mov	%r11, %rsi
	mov	%r12, %r15
	sub	.Lm+0(%rip), %r8
	sbb	.Lm+8(%rip), %r14
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	sbb	.Lm+32(%rip), %r11
	sbb	.Lm+40(%rip), %r12
	cmovc	%rax, %r8
	mov	%r8, 0(%rdi)
	cmovc	%rbx, %r14
	mov	%r14, 8(%rdi)
	cmovc	%rcx, %r9
	mov	%r9, 16(%rdi)
	cmovc	%rdx, %r10
	mov	%r10, 24(%rdi)
	cmovc	%rsi, %r11
	mov	%r11, 32(%rdi)
	cmovc	%r15, %r12
	mov	%r12, 40(%rdi)
	mov	336(%rsp), %rdx
	mulx	288(%rsp), %r8, %r9
	mulx	296(%rsp), %rax, %r10
	add	%rax, %r9
	mulx	304(%rsp), %rax, %r11
	adc	%rax, %r10
	mulx	312(%rsp), %rax, %r12
	adc	%rax, %r11
	mulx	320(%rsp), %rax, %r13
	adc	%rax, %r12
	mulx	328(%rsp), %rax, %r14
	adc	%rax, %r13
	adc	$0, %r14
	mov	%r8, 192(%rsp)
	mov	344(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	288(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	296(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	304(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	312(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	320(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	328(%rsp), %rax, %r8
	adcx	%rax, %r14
	adcx	%r15, %r8
	adox	%r15, %r8
	mov	%r9, 200(%rsp)
	mov	352(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	288(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	296(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	304(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	312(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	320(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	328(%rsp), %rax, %r9
	adcx	%rax, %r8
	adcx	%r15, %r9
	adox	%r15, %r9
	mov	%r10, 208(%rsp)
	mov	360(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	288(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	296(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	304(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	312(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	320(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	328(%rsp), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	adox	%r15, %r10
	mov	%r11, 216(%rsp)
	mov	368(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	288(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	296(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	304(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	312(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	320(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	328(%rsp), %rax, %r11
	adcx	%rax, %r10
	adcx	%r15, %r11
	adox	%r15, %r11
	mov	%r12, 224(%rsp)
	mov	376(%rsp), %rdx
	xor	%r15d, %r15d
	mulx	288(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	296(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	304(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	312(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	320(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	328(%rsp), %rax, %r12
	adcx	%rax, %r11
	adcx	%r15, %r12
	adox	%r15, %r12
	mov	%r13, 232(%rsp)
	mov	%r14, 240(%rsp)
	mov	%r8, 248(%rsp)
	mov	%r9, 256(%rsp)
	mov	%r10, 264(%rsp)
	mov	%r11, 272(%rsp)
	mov	%r12, 280(%rsp)
	/* r1 = v2 - v0 + v1 */
	mov	192(%rsp), %r8
	mov	200(%rsp), %r9
	mov	208(%rsp), %r10
	mov	216(%rsp), %r11
	mov	224(%rsp), %r12
	mov	232(%rsp), %r13
	mov	240(%rsp), %r14
	mov	248(%rsp), %rax
	mov	256(%rsp), %rbx
	mov	264(%rsp), %rcx
	mov	272(%rsp), %rdx
	mov	280(%rsp), %rsi
	sub	0(%rsp), %r8
	sbb	8(%rsp), %r9
	sbb	16(%rsp), %r10
	sbb	24(%rsp), %r11
	sbb	32(%rsp), %r12
	sbb	40(%rsp), %r13
	sbb	48(%rsp), %r14
	sbb	56(%rsp), %rax
	sbb	64(%rsp), %rbx
	sbb	72(%rsp), %rcx
	sbb	80(%rsp), %rdx
	sbb	88(%rsp), %rsi
	add	96(%rsp), %r8
	adc	104(%rsp), %r9
	adc	112(%rsp), %r10
	adc	120(%rsp), %r11
	adc	128(%rsp), %r12
	adc	136(%rsp), %r13
	adc	144(%rsp), %r14
	adc	152(%rsp), %rax
	adc	160(%rsp), %rbx
	adc	168(%rsp), %rcx
	adc	176(%rsp), %rdx
	adc	184(%rsp), %rsi
	mov	%r14, 240(%rsp)
	mov	%rax, 248(%rsp)
	mov	%rbx, 256(%rsp)
	mov	%rcx, 264(%rsp)
	mov	%rdx, 272(%rsp)
	mov	%rsi, 280(%rsp)
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
	adox	%rbx, %r12
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+40(%rip), %rax, %r14
	adcx	%rax, %r8
	adcx	%r15, %r14
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
	adox	%rbx, %r8
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+40(%rip), %rax, %r9
	adcx	%rax, %r14
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
	adox	%rbx, %r8
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r9
	mulx	.Lfold+40(%rip), %rax, %r10
	adcx	%rax, %r9
	adcx	%r15, %r10
	mov	%r11, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+24(%rip), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r9
	mulx	.Lfold+32(%rip), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	.Lfold+40(%rip), %rax, %r11
	adcx	%rax, %r10
	adcx	%r15, %r11
	mov	%r12, %rdx
	xor	%r15d, %r15d
	mulx	.Lfold+0(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lfold+8(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lfold+16(%rip), %rax, %rbx
	adcx	%rax, %r14
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
	mov	%r13, %rdx
	imul	.Ln0+0(%rip), %rdx
	xor	%r15d, %r15d
	mulx	.Lm+0(%rip), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r8
	mulx	.Lm+8(%rip), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r14
	mulx	.Lm+16(%rip), %rax, %rbx
	adcx	%rax, %r14
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
	add	240(%rsp), %r8
	adc	248(%rsp), %r14
	adc	256(%rsp), %r9
	adc	264(%rsp), %r10
	adc	272(%rsp), %r11
	adc	280(%rsp), %r12
	mov	%r8, %rax
	mov	%r14, %rbx
	mov	%r9, %rcx
	mov	%r10, %rdx
	mov	%r11, %rsi
	mov	%r12, %r15
	sub	.Lm+0(%rip), %r8
	sbb	.Lm+8(%rip), %r14
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	sbb	.Lm+32(%rip), %r11
	sbb	.Lm+40(%rip), %r12
	cmovc	%rax, %r8
	mov	%r8, 48(%rdi)
	cmovc	%rbx, %r14
	mov	%r14, 56(%rdi)
	cmovc	%rcx, %r9
	mov	%r9, 64(%rdi)
	cmovc	%rdx, %r10
	mov	%r10, 72(%rdi)
	cmovc	%rsi, %r11
	mov	%r11, 80(%rdi)
	cmovc	%r15, %r12
	mov	%r12, 88(%rdi)
	add	$440, %rsp
	.cfi_adjust_cfa_offset -440
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
	.size	fp2_mul_adx, .-fp2_mul_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
