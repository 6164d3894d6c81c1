/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.
 *
 * C:            void fp_chord_adx(fp *r, fp *product, const fp step[2], const fp *rise, const fp *a, const fp *x);
 * Effect:       with s = rise * product * step[1], all of them Montgomery products: r[0] = s^2 - a[0] - x,
 *               r[1] = s (r[0] - a[0]) - a[1], in [0, p); product = product * step[0], in [0, 2 p)
 * Precondition: product, step, rise in [0, 2 p), a[0] and x in [0, p), a[1] in [0, p]. r may alias a and x,
 *               product nothing.
 * Needs:        x86-64 with BMI2 and ADX, System V calling convention
 * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; rbx, rbp, r12, r13, r14, r15 are saved
 *               and restored. Stack: 280 bytes.
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
.Lnone: /* to be added in its place */
	.quad	0x0000000000000000
	.quad	0x0000000000000000
	.quad	0x0000000000000000
	.quad	0x0000000000000000
	.quad	0x0000000000000000
	.quad	0x0000000000000000
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
	.globl	fp_chord_adx
	.hidden	fp_chord_adx
	.type	fp_chord_adx, @function
	.p2align 6
fp_chord_adx:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
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
	sub	$232, %rsp
	.cfi_adjust_cfa_offset 232
	mov	%rdi, 200(%rsp)
	mov	%rsi, 216(%rsp)
	mov	%rdx, 224(%rsp)
	mov	%r8, 208(%rsp)
	mov	%r9, %rbp
	mov	%rdx, %rdi
	/* the slope */
	mov	48(%rdi), %rdx
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
	mov	56(%rdi), %rdx
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
	mov	64(%rdi), %rdx
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
	mov	72(%rdi), %rdx
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
	mov	80(%rdi), %rdx
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
	mov	88(%rdi), %rdx
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
	mov	%r14, 96(%rsp)
	mov	%r8, 104(%rsp)
	mov	%r9, 112(%rsp)
	mov	%r10, 120(%rsp)
	mov	%r11, 128(%rsp)
	mov	%r12, 136(%rsp)
	mov	96(%rsp), %rdx
	mulx	0(%rcx), %r8, %r9
	mulx	8(%rcx), %rax, %r10
	add	%rax, %r9
	mulx	16(%rcx), %rax, %r11
	adc	%rax, %r10
	mulx	24(%rcx), %rax, %r12
	adc	%rax, %r11
	mulx	32(%rcx), %rax, %r13
	adc	%rax, %r12
	mulx	40(%rcx), %rax, %r14
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
	mulx	0(%rcx), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	8(%rcx), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	16(%rcx), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	24(%rcx), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	32(%rcx), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	40(%rcx), %rax, %rbx
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
	mulx	0(%rcx), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	8(%rcx), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	16(%rcx), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	24(%rcx), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	32(%rcx), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	40(%rcx), %rax, %rbx
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
	mulx	0(%rcx), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	8(%rcx), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	16(%rcx), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	24(%rcx), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	32(%rcx), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	40(%rcx), %rax, %rbx
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
	mulx	0(%rcx), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	8(%rcx), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	16(%rcx), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	24(%rcx), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	32(%rcx), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	40(%rcx), %rax, %rbx
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
	mulx	0(%rcx), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	8(%rcx), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	16(%rcx), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	24(%rcx), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	32(%rcx), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	40(%rcx), %rax, %rbx
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
	mov	%r14, 0(%rsp)
	mov	%r8, 8(%rsp)
	mov	%r9, 16(%rsp)
	mov	%r10, 24(%rsp)
	mov	%r11, 32(%rsp)
	mov	%r12, 40(%rsp)
	/* r[0] */
	mov	0(%rsp), %rdx
	mulx	8(%rsp), %r8, %r9
	mulx	16(%rsp), %rax, %r10
	add	%rax, %r9
	mulx	24(%rsp), %rax, %r11
	adc	%rax, %r10
	mulx	32(%rsp), %rax, %r12
	adc	%rax, %r11
	mulx	40(%rsp), %rax, %r13
	adc	%rax, %r12
	adc	$0, %r13
	mov	8(%rsp), %rdx
	xor	%eax, %eax
	mulx	16(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	24(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	32(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	40(%rsp), %rax, %r14
	mov	$0, %ebx
	adcx	%rax, %r13
	adcx	%rbx, %r14
	adox	%rbx, %r14
	mov	16(%rsp), %rdx
	xor	%eax, %eax
	mulx	24(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	32(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	40(%rsp), %rax, %rcx
	mov	$0, %ebx
	adcx	%rax, %r14
	adcx	%rbx, %rcx
	adox	%rbx, %rcx
	mov	24(%rsp), %rdx
	xor	%eax, %eax
	mulx	32(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %rcx
	mulx	40(%rsp), %rax, %rdi
	mov	$0, %ebx
	adcx	%rax, %rcx
	adcx	%rbx, %rdi
	adox	%rbx, %rdi
	mov	32(%rsp), %rdx
	xor	%eax, %eax
	mulx	40(%rsp), %rax, %r15
	mov	$0, %ebx
	adcx	%rax, %rdi
	adcx	%rbx, %r15
	adox	%rbx, %r15
	mov	0(%rsp), %rdx
	xor	%eax, %eax
	mulx	%rdx, %rax, %rbx
	mov	%rax, 192(%rsp)
	adcx	%r8, %r8
	adox	%rbx, %r8
	mov	8(%rsp), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r9, %r9
	adox	%rax, %r9
	adcx	%r10, %r10
	adox	%rbx, %r10
	mov	16(%rsp), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r11, %r11
	adox	%rax, %r11
	adcx	%r12, %r12
	adox	%rbx, %r12
	mov	24(%rsp), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%r13, %r13
	adox	%rax, %r13
	mov	%r13, 144(%rsp)
	adcx	%r14, %r14
	adox	%rbx, %r14
	mov	%r14, 152(%rsp)
	mov	32(%rsp), %rdx
	mulx	%rdx, %rax, %rbx
	adcx	%rcx, %rcx
	adox	%rax, %rcx
	mov	%rcx, 160(%rsp)
	adcx	%rdi, %rdi
	adox	%rbx, %rdi
	mov	%rdi, 168(%rsp)
	mov	40(%rsp), %rdx
	mulx	%rdx, %rax, %rsi
	adcx	%r15, %r15
	adox	%rax, %r15
	mov	%r15, 176(%rsp)
	mov	$0, %eax
	adcx	%rax, %rsi
	adox	%rax, %rsi
	mov	%rsi, 184(%rsp)
	mov	192(%rsp), %r14
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
	add	144(%rsp), %r14
	adc	152(%rsp), %r13
	adc	160(%rsp), %r8
	adc	168(%rsp), %r9
	adc	176(%rsp), %r10
	adc	184(%rsp), %r11
	mov	208(%rsp), %rsi
	mov	%r14, %rax
	mov	%r13, %rbx
	mov	%r8, %rcx
	mov	%r9, %rdx
	mov	%r10, %rdi
	mov	%r11, %r15
	sub	.Lm+0(%rip), %r14
	sbb	.Lm+8(%rip), %r13
	sbb	.Lm+16(%rip), %r8
	sbb	.Lm+24(%rip), %r9
	sbb	.Lm+32(%rip), %r10
	sbb	.Lm+40(%rip), %r11
	cmovc	%rax, %r14
	cmovc	%rbx, %r13
	cmovc	%rcx, %r8
	cmovc	%rdx, %r9
	cmovc	%rdi, %r10
	cmovc	%r15, %r11
	lea	.Lm+0(%rip), %rax
	lea	.Lnone+0(%rip), %rbx
	sub	0(%rsi), %r14
	sbb	8(%rsi), %r13
	sbb	16(%rsi), %r8
	sbb	24(%rsi), %r9
	sbb	32(%rsi), %r10
	sbb	40(%rsi), %r11
	cmovnc	%rbx, %rax
	add	0(%rax), %r14
	adc	8(%rax), %r13
	adc	16(%rax), %r8
	adc	24(%rax), %r9
	adc	32(%rax), %r10
	adc	40(%rax), %r11
	lea	.Lm+0(%rip), %rcx
	lea	.Lnone+0(%rip), %rdx
	sub	0(%rbp), %r14
	sbb	8(%rbp), %r13
	sbb	16(%rbp), %r8
	sbb	24(%rbp), %r9
	sbb	32(%rbp), %r10
	sbb	40(%rbp), %r11
	cmovnc	%rdx, %rcx
	add	0(%rcx), %r14
	adc	8(%rcx), %r13
	adc	16(%rcx), %r8
	adc	24(%rcx), %r9
	adc	32(%rcx), %r10
	adc	40(%rcx), %r11
	mov	%r14, 48(%rsp)
	mov	%r13, 56(%rsp)
	mov	%r8, 64(%rsp)
	mov	%r9, 72(%rsp)
	mov	%r10, 80(%rsp)
	mov	%r11, 88(%rsp)
	sub	0(%rsi), %r14
	sbb	8(%rsi), %r13
	sbb	16(%rsi), %r8
	sbb	24(%rsi), %r9
	sbb	32(%rsi), %r10
	sbb	40(%rsi), %r11
	add	.Lm+0(%rip), %r14
	adc	.Lm+8(%rip), %r13
	adc	.Lm+16(%rip), %r8
	adc	.Lm+24(%rip), %r9
	adc	.Lm+32(%rip), %r10
	adc	.Lm+40(%rip), %r11
	mov	%r14, 96(%rsp)
	mov	%r13, 104(%rsp)
	mov	%r8, 112(%rsp)
	mov	%r9, 120(%rsp)
	mov	%r10, 128(%rsp)
	mov	%r11, 136(%rsp)
	/* the product, here because r[1] waits for r[0] */
	mov	216(%rsp), %rdi
	mov	224(%rsp), %rcx
	mov	0(%rcx), %rdx
	mulx	0(%rdi), %r8, %r9
	mulx	8(%rdi), %rax, %r10
	add	%rax, %r9
	mulx	16(%rdi), %rax, %r11
	adc	%rax, %r10
	mulx	24(%rdi), %rax, %r12
	adc	%rax, %r11
	mulx	32(%rdi), %rax, %r13
	adc	%rax, %r12
	mulx	40(%rdi), %rax, %r14
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
	mulx	0(%rdi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	8(%rdi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	16(%rdi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	24(%rdi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	32(%rdi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	40(%rdi), %rax, %rbx
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
	mulx	0(%rdi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	8(%rdi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	16(%rdi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	24(%rdi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	32(%rdi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	40(%rdi), %rax, %rbx
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
	mulx	0(%rdi), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	8(%rdi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	16(%rdi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	24(%rdi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	32(%rdi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	40(%rdi), %rax, %rbx
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
	mulx	0(%rdi), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	8(%rdi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	16(%rdi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	24(%rdi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	32(%rdi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	40(%rdi), %rax, %rbx
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
	mulx	0(%rdi), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	8(%rdi), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	16(%rdi), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	24(%rdi), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	32(%rdi), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	40(%rdi), %rax, %rbx
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
	mov	%r14, 0(%rdi)
	mov	%r8, 8(%rdi)
	mov	%r9, 16(%rdi)
	mov	%r10, 24(%rdi)
	mov	%r11, 32(%rdi)
	mov	%r12, 40(%rdi)
	/* r[1] */
	mov	0(%rsp), %rdx
	mulx	96(%rsp), %r8, %r9
	mulx	104(%rsp), %rax, %r10
	add	%rax, %r9
	mulx	112(%rsp), %rax, %r11
	adc	%rax, %r10
	mulx	120(%rsp), %rax, %r12
	adc	%rax, %r11
	mulx	128(%rsp), %rax, %r13
	adc	%rax, %r12
	mulx	136(%rsp), %rax, %r14
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
	mulx	96(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	104(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	112(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	120(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	128(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	136(%rsp), %rax, %rbx
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
	mulx	96(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	104(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	112(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	120(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	128(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	136(%rsp), %rax, %rbx
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
	mulx	96(%rsp), %rax, %rbx
	adcx	%rax, %r11
	adox	%rbx, %r12
	mulx	104(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	112(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	120(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	128(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	136(%rsp), %rax, %rbx
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
	mulx	96(%rsp), %rax, %rbx
	adcx	%rax, %r12
	adox	%rbx, %r13
	mulx	104(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	112(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	120(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	128(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	136(%rsp), %rax, %rbx
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
	mulx	96(%rsp), %rax, %rbx
	adcx	%rax, %r13
	adox	%rbx, %r14
	mulx	104(%rsp), %rax, %rbx
	adcx	%rax, %r14
	adox	%rbx, %r8
	mulx	112(%rsp), %rax, %rbx
	adcx	%rax, %r8
	adox	%rbx, %r9
	mulx	120(%rsp), %rax, %rbx
	adcx	%rax, %r9
	adox	%rbx, %r10
	mulx	128(%rsp), %rax, %rbx
	adcx	%rax, %r10
	adox	%rbx, %r11
	mulx	136(%rsp), %rax, %rbx
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
	mov	%r11, %rdi
	mov	%r12, %r15
	sub	.Lm+0(%rip), %r14
	sbb	.Lm+8(%rip), %r8
	sbb	.Lm+16(%rip), %r9
	sbb	.Lm+24(%rip), %r10
	sbb	.Lm+32(%rip), %r11
	sbb	.Lm+40(%rip), %r12
	cmovc	%rax, %r14
	cmovc	%rbx, %r8
	cmovc	%rcx, %r9
	cmovc	%rdx, %r10
	cmovc	%rdi, %r11
	cmovc	%r15, %r12
	lea	.Lm+0(%rip), %rax
	lea	.Lnone+0(%rip), %rbx
	sub	48(%rsi), %r14
	sbb	56(%rsi), %r8
	sbb	64(%rsi), %r9
	sbb	72(%rsi), %r10
	sbb	80(%rsi), %r11
	sbb	88(%rsi), %r12
	cmovnc	%rbx, %rax
	add	0(%rax), %r14
	adc	8(%rax), %r8
	adc	16(%rax), %r9
	adc	24(%rax), %r10
	adc	32(%rax), %r11
	adc	40(%rax), %r12
	mov	200(%rsp), %rdi
	mov	%r14, 48(%rdi)
	mov	%r8, 56(%rdi)
	mov	%r9, 64(%rdi)
	mov	%r10, 72(%rdi)
	mov	%r11, 80(%rdi)
	mov	%r12, 88(%rdi)
	mov	48(%rsp), %r14
	mov	56(%rsp), %r8
	mov	64(%rsp), %r9
	mov	72(%rsp), %r10
	mov	80(%rsp), %r11
	mov	88(%rsp), %r12
	mov	%r14, 0(%rdi)
	mov	%r8, 8(%rdi)
	mov	%r9, 16(%rdi)
	mov	%r10, 24(%rdi)
	mov	%r11, 32(%rdi)
	mov	%r12, 40(%rdi)
	add	$232, %rsp
	.cfi_adjust_cfa_offset -232
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
	pop	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	ret
	.cfi_endproc
	.size	fp_chord_adx, .-fp_chord_adx
#endif
#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
