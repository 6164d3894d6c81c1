#!/usr/bin/env python3
"""Writes the MULX/ADCX/ADOX kernels of src/field/adx/: one routine a file.

  gen/field_adx.py           writes the .S files
  gen/field_adx.py --check   compares them with what is committed, exit status 1 on a difference

How the kernels work
--------------------
Montgomery reduction divides a number t by 2^64 modulo m, limb by limb. There are two ways to do one limb, both used:

  plain step   q = t[0] * (-1/m) mod 2^64;  t = (t + q m) / 2^64
  fold step    t = floor(t / 2^64) + t[0] * M,  where M = 2^-64 mod m

The fold step needs no multiplication to find q, so the next limb waits for one product only (4 cycles, not 8), and costs
as many MULX. But it adds up to 2^64 M to t, so t stays a limb longer; a last plain step takes that limb off. Bounds:
with T the number to be divided, k fold steps leave t <= T/2^(64k) + M (2^64 - 1)(1 + 2^-64 + ...) <= T/2^(64k) + 2^64 M,
and each plain step takes t to less than t/2^64 + m. So

  Fp, 5 folds and 1 plain:  result < T/2^384 + M + p,  M = 0.539 p, p/2^384 = 0.1016:  below 2p for T <= 4 p^2
  Fr, 2 folds and 2 plain:  result < T/2^256 + (M + r)/2^64 + r,  r/2^256 = 0.4528:    below 2r for T <= 2 r^2

and one conditional subtraction ends in [0, m). Every bound that a kernel leans on is asserted below, exactly.

A row (t += x * y, x one limb, y n limbs) adds the low words of the products in one carry chain (ADCX, CF) and the high
words in another (ADOX, OF), each begun by an XOR that clears both flags and gives a zero register. The chains of a row
overlap those of the next in the out-of-order window.
"""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
FOLDER = "src/field/adx"

X = -0xD201000000010000
R_ORDER = X**4 - X**2 + 1
P_MODULUS = (X - 1) ** 2 * R_ORDER // 3 + X
WORD = 2**64


class Field:
    """What the kernels need to know about a modulus; x_max, y_max bound the factors, in multiples of m."""

    def __init__(self, name, m, n, folds):
        self.name, self.m, self.n, self.folds = name, m, n, folds
        self.plains = n - folds
        self.fold = pow(2, -64, m)
        self.n0 = -pow(m, -1, WORD) % WORD

    def result_bound(self, t_max):
        """Upper bound of the reduction of any T <= t_max: the recurrences of the two steps, exactly."""
        t = t_max
        for _ in range(self.folds):
            t = t // WORD + (WORD - 1) * self.fold
        for _ in range(self.plains):
            t = (t + (WORD - 1) * self.m) // WORD
        return t

    def check_wide(self, t_max):
        """The wide reduction takes L = T mod R through a window of n + 1 limbs, then adds T / R. Returns the window's top
        limb before each fold, at most."""
        full, tops = WORD**self.n, []
        t = full - 1
        for _ in range(self.folds):
            tops.append(t >> (64 * self.n))
            t = t // WORD + (WORD - 1) * self.fold
            assert t < WORD ** (self.n + 1)
        for _ in range(self.plains):
            t += (WORD - 1) * self.m
            assert t < WORD ** (self.n + 1)
            t //= WORD
        assert t + t_max // full < 2 * self.m < full
        return tops

    def fold_overflows(self, top):
        """Can the high words' chain of a fold carry out of the limb that held t's top?"""
        return top + (((WORD - 1) * limbs(self.fold, self.n)[self.n - 2]) >> 64) + 1 >= WORD

    def check_rows(self, x_max, y_max):
        """The interleaved product: rows y * x[i] between the steps. Returns t's top limb before each fold, at most, and
        which plain steps carry out of n+1 limbs."""
        t, tops, carries = 0, [], []
        x = [(x_max >> (64 * i)) % WORD if i == self.n - 1 else WORD - 1 for i in range(self.n)]
        for i in range(self.n):
            t += x[i] * y_max
            assert t < WORD ** (self.n + 1)
            if i < self.folds:
                tops.append(t >> (64 * self.n))
                t = t // WORD + (WORD - 1) * self.fold
                assert t < WORD ** (self.n + 1)
            else:
                t += (WORD - 1) * self.m
                carries.append(t >= WORD ** (self.n + 1))
                t //= WORD
        assert self.result_bound(x_max * y_max) < 2 * self.m < WORD**self.n
        return tops, carries


FP = Field("fp", P_MODULUS, 6, 5)
FR = Field("fr", R_ORDER, 4, 2)


def limbs(v, n):
    return [(v >> (64 * i)) % WORD for i in range(n)]


def mem(base, offset=0):
    return lambda j: "%d(%%%s)" % (offset + 8 * j, base)


def constant(label):
    return lambda j: "%s+%d(%%rip)" % (label, 8 * j)


def low32(reg):
    return reg + "d" if reg[1:].isdigit() else "e" + reg[1:]


class Asm:
    """One routine: instructions, and the file around them."""

    LO, HI, ZERO = "rax", "rbx", "r15"

    def __init__(self, field, name, prototype, effect, precondition, saved, frame=0):
        self.f, self.name, self.saved, self.frame = field, name, saved, frame
        self.prototype, self.effect, self.precondition = prototype, effect, precondition
        self.lines, self.used = [], set()

    def op(self, name, *operands):
        operands = [o if not o[0].isalpha() else "%" + o for o in operands]
        self.lines.append("\t%s\t%s" % (name, ", ".join(operands)))

    def note(self, text):
        self.lines.append("\t/* %s */" % text)

    def constant(self, label):
        self.used.add(label)
        return constant(".L" + label)

    # Rows -----------------------------------------------------------------------------------------------------------

    def clear(self):
        self.op("xor", low32(self.ZERO), low32(self.ZERO))

    def row_first(self, t, y, n=None):
        """t[0..n] = rdx * y."""
        n = n or self.f.n
        self.op("mulx", y(0), t[0], t[1])
        for j in range(1, n):
            self.op("mulx", y(j), self.LO, t[j + 1])
            self.op("add" if j == 1 else "adc", self.LO, t[j])
        self.op("adc", "$0", t[n])

    def row_add(self, t, y):
        """t[0..n] += rdx * y; no carry leaves t[n]."""
        n = self.f.n
        self.clear()
        for j in range(n):
            self.op("mulx", y(j), self.LO, self.HI)
            self.op("adcx", self.LO, t[j])
            self.op("adox", self.HI, t[j + 1])
        self.op("adcx", self.ZERO, t[n])

    def row_extend(self, t, y, fresh, n=None, overflow=True):
        """t[0..n-1] += rdx * y, where the sum has one limb more: fresh = t[n]. overflow: the chain of high words may
        carry out of t[n-1] before the last low word is added."""
        n = n or self.f.n
        self.clear()
        for j in range(n - 1):
            self.op("mulx", y(j), self.LO, self.HI)
            self.op("adcx", self.LO, t[j])
            self.op("adox", self.HI, t[j + 1])
        self.op("mulx", y(n - 1), self.LO, fresh)
        self.op("adcx", self.LO, t[n - 1])
        self.op("adcx", self.ZERO, fresh)
        if overflow:
            self.op("adox", self.ZERO, fresh)

    # Reduction ------------------------------------------------------------------------------------------------------

    def fold(self, t, top):
        """t = floor(t / 2^64) + t[0] M, t's top limb at most top. Gives back the limbs' registers in their new order."""
        self.op("mov", t[0], "rdx")
        t = t[1:] + t[:1]
        self.row_extend(t, self.constant("fold"), t[self.f.n], overflow=self.f.fold_overflows(top))
        return t

    def plain(self, t, carry, last):
        """t = (t + q m) / 2^64. carry: the sum may need one limb more than t has, and then so does the result."""
        self.op("mov", t[0], "rdx")
        self.op("imul", self.constant("n0")(0), "rdx")
        n, m = self.f.n, self.constant("m")
        self.clear()
        for j in range(n):
            self.op("mulx", m(j), self.LO, self.HI)
            self.op("adcx", self.LO, t[j])
            self.op("adox", self.HI, t[j + 1])
        if last:
            assert not carry
            self.op("adcx", self.ZERO, t[n])
        elif carry:
            # t[0] has become zero: it takes the carries, as the new top limb.
            self.op("adcx", t[0], t[n])
            self.op("adcx", self.ZERO, t[0])
            self.op("adox", self.ZERO, t[0])
        else:
            self.op("adcx", self.ZERO, t[n])
        return t[1:] + t[:1]

    def finish(self, t, spare, out=None):
        """out = t mod m for t in [0, 2m); without out it stays in t."""
        self.store(t, lambda j: spare[j])
        self.chain("sub", t, self.constant("m"))
        for j in range(self.f.n):
            self.op("cmovc", spare[j], t[j])
            if out:
                self.op("mov", t[j], out(j))

    def store(self, t, out):
        for j in range(self.f.n):
            self.op("mov", t[j], out(j))

    def chain(self, name, t, y):
        """t = t + y or t - y in n limbs."""
        for j in range(self.f.n):
            self.op(name if j == 0 else {"add": "adc", "sub": "sbb"}[name], y(j), t[j])

    def subtract(self, t, y, at, other):
        """t = t - y mod m for t in [0, m) and y in [0, m]; at and other are lost."""
        self.op("lea", self.constant("m")(0), at)
        self.op("lea", self.constant("none")(0), other)
        self.chain("sub", t, y)
        self.op("cmovnc", other, at)
        self.chain("add", t, mem(at))

    def mont_rows(self, t, x, y, x_max, y_max):
        """x * y / 2^(64 n) by rows and steps in turn. x_max, y_max: bounds of the factors in multiples of m."""
        f = self.f
        tops, carries = f.check_rows(x_max * f.m, y_max * f.m)
        for i in range(f.n):
            self.op("mov", x(i), "rdx")
            if i == 0:
                self.row_first(t, y)
            else:
                self.row_add(t, y)
            if i < f.folds:
                t = self.fold(t, tops[i])
            else:
                t = self.plain(t, carries[i - f.folds], i == f.n - 1)
        return t

    def reduce_wide(self, low, fresh, high, t_max):
        """(T mod R) in the registers low, T div R read from high: T / R mod m, below 2m, in the registers given back."""
        f = self.f
        tops = f.check_wide(t_max)
        t = list(low)
        for i in range(f.n):
            if i == 0:
                self.op("mov", t[0], "rdx")
                t = t[1:] + t[:1]
                # The window has n limbs yet: t[n-1] is the old t[0], whose value is spent.
                self.op("mov", "$0", low32(t[f.n - 1]))
                self.row_extend(t + [fresh], self.constant("fold"), fresh, overflow=f.fold_overflows(tops[0]))
                t = t + [fresh]
            elif i < f.folds:
                t = self.fold(t, tops[i])
            else:
                t = self.plain(t, False, i == f.n - 1)
        for j in range(f.n):
            self.op("add" if j == 0 else "adc", high(j), t[j])
        return t

    # Wide products --------------------------------------------------------------------------------------------------

    def product(self, t, x, y, out):
        """out[0..2n-1] = x * y for any x, y below 2^(64 n); out does not alias y."""
        n = self.f.n
        for i in range(n):
            self.op("mov", x(i), "rdx")
            if i == 0:
                self.row_first(t, y)
            else:
                self.row_extend(t, y, t[n])
            self.op("mov", t[0], out(i))
            t = t[1:] + t[:1]
        for j in range(n):
            self.op("mov", t[j], out(n + j))

    def products_off_diagonal(self, t, y):
        """t[1..2n-2] = the sum of y[i] y[j] 2^(64 (i + j)) over i < j. Takes no zero register."""
        n = self.f.n
        self.op("mov", y(0), "rdx")
        self.row_first(t[1 : n + 1], lambda j: y(j + 1), n - 1)
        for i in range(1, n - 1):
            count, k = n - 1 - i, 2 * i + 1
            fresh = t[k + count]
            self.op("mov", y(i), "rdx")
            self.op("xor", low32(self.LO), low32(self.LO))
            for j in range(count - 1):
                self.op("mulx", y(i + 1 + j), self.LO, self.HI)
                self.op("adcx", self.LO, t[k + j])
                self.op("adox", self.HI, t[k + j + 1])
            self.op("mulx", y(n - 1), self.LO, fresh)
            self.op("mov", "$0", low32(self.HI))
            self.op("adcx", self.LO, t[k + count - 1])
            self.op("adcx", self.HI, fresh)
            self.op("adox", self.HI, fresh)

    def double_and_add_squares(self, t, y, done):
        """t[0..2n-1] = 2 t + the sum of y[i]^2 2^(128 i): CF doubles, OF adds. done(k) is called as t[k] is final."""
        n = self.f.n
        self.op("mov", y(0), "rdx")
        self.op("xor", low32(self.LO), low32(self.LO))
        for i in range(n):
            if i > 0:
                self.op("mov", y(i), "rdx")
            low = t[0] if i == 0 else self.LO
            high = t[2 * n - 1] if i == n - 1 else self.HI
            self.op("mulx", "rdx", low, high)
            if i == 0:
                done(0)
            else:
                self.op("adcx", t[2 * i], t[2 * i])
                self.op("adox", low, t[2 * i])
                done(2 * i)
            if i == n - 1:
                self.op("mov", "$0", low32(self.LO))
                self.op("adcx", self.LO, high)
                self.op("adox", self.LO, high)
            else:
                self.op("adcx", t[2 * i + 1], t[2 * i + 1])
                self.op("adox", high, t[2 * i + 1])
            done(2 * i + 1)

    # The file -------------------------------------------------------------------------------------------------------

    def text(self):
        out = []
        out.append("/* Made by gen/field_adx.py: do not edit. The method and its bounds are explained there.")
        out.append(" *")
        out.append(" * C:            %s" % self.prototype)
        for label, value in (("Effect", self.effect), ("Precondition", self.precondition)):
            lines = value.split("\n")
            out.append(" * %-13s %s" % (label + ":", lines[0]))
            out += [" *               " + line for line in lines[1:]]
        out.append(" * Needs:        x86-64 with BMI2 and ADX, System V calling convention")
        kept = ", ".join(self.saved)
        out.append(" * Registers:    rax, rcx, rdx, rsi, rdi, r8-r11 and the flags are lost; %s are saved" % kept)
        rest = "." if "rbp" in self.saved else "; rbp is not touched."
        out.append(" *               and restored%s Stack: %d bytes." % (rest, 8 * len(self.saved) + self.frame))
        out.append(" */")
        out.append("#if defined(__x86_64__)")
        out.append("\t.section .rodata")
        out.append("\t.p2align 6")
        f = self.f
        values = {
            "m": (f.m, f.n, "the modulus"),
            "none": (0, f.n, "to be added in its place"),
            "fold": (f.fold, f.n, "2^-64 mod m"),
            "n0": (f.n0, 1, "-1/m mod 2^64"),
        }
        for label in ("m", "none", "fold", "n0"):
            if label in self.used:
                value, n, why = values[label]
                out.append(".L%s: /* %s */" % (label, why))
                out += ["\t.quad\t0x%016x" % limb for limb in limbs(value, n)]
        out.append("\t.text")
        for directive in ("globl\t%s", "hidden\t%s", "type\t%s, @function"):
            out.append("\t." + directive % self.name)
        out.append("\t.p2align 6")
        out.append(self.name + ":")
        out.append("\t.cfi_startproc")
        for reg in self.saved:
            out += ["\tpush\t%" + reg, "\t.cfi_adjust_cfa_offset 8", "\t.cfi_rel_offset %s, 0" % reg]
        if self.frame:
            out += ["\tsub\t$%d, %%rsp" % self.frame, "\t.cfi_adjust_cfa_offset %d" % self.frame]
        out += self.lines
        if self.frame:
            out += ["\tadd\t$%d, %%rsp" % self.frame, "\t.cfi_adjust_cfa_offset -%d" % self.frame]
        for reg in reversed(self.saved):
            out += ["\tpop\t%" + reg, "\t.cfi_adjust_cfa_offset -8", "\t.cfi_restore " + reg]
        out.append("\tret")
        out.append("\t.cfi_endproc")
        out.append("\t.size\t%s, .-%s" % (self.name, self.name))
        out.append("#endif")
        out.append("#if defined(__ELF__)")
        out.append("\t.section .note.GNU-stack, \"\", %progbits")
        out.append("#endif")
        return "\n".join(out) + "\n"


SAVED = ["rbx", "r12", "r13", "r14", "r15"]
WINDOW = {6: ["r8", "r9", "r10", "r11", "r12", "r13", "r14"], 4: ["r8", "r9", "r10", "r11", "r12"]}
IN_RANGE = {"fp": "a, b in [0, 2 p). r may alias a and b.", "fr": "a, b in [0, r). r may alias a and b."}
FACTOR_MAX = {"fp": 2, "fr": 1}


def mul(field, modulus, letter):
    f = field
    a = Asm(
        f, "%s_mul_adx" % f.name, "void {0}_mul_adx({0} *r, const {0} *a, const {0} *b);".format(f.name),
        "r = a b / 2^%d mod %s, in [0, %s)" % (64 * f.n, letter, letter), IN_RANGE[f.name],
        SAVED if f.n == 6 else ["rbx", "r12", "r15"],
    )
    a.op("mov", "rdx", "rcx")
    t = a.mont_rows(WINDOW[f.n], mem("rcx"), mem("rsi"), FACTOR_MAX[f.name], FACTOR_MAX[f.name])
    spare = (["rax", "rbx", "rcx", "rdx", "rsi", "r15"] + t[f.n :])[: f.n]
    a.finish(t[: f.n], spare, mem("rdi"))
    return a


def mul_lazy():
    a = Asm(
        FP, "fp_mul_lazy_adx", "void fp_mul_lazy_adx(fp *r, const fp *a, const fp *b);",
        "r = a b / 2^384 modulo p, in [0, 2 p)", IN_RANGE["fp"], SAVED,
    )
    a.op("mov", "rdx", "rcx")
    a.store(a.mont_rows(WINDOW[6], mem("rcx"), mem("rsi"), 2, 2), mem("rdi"))
    return a


def square(a, y, wait, t0):
    """y^2 / 2^384 in [0, 2p), in the registers given back, for y in [0, 2p): T has 12 limbs and there are 11 registers
    for them. T[0] waits in t0, the high half in wait. rsi, rdi and rcx are lost; y may stand at rsi."""
    t = ["rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "rcx", "rdi", "r15", "r15"]
    a.products_off_diagonal(t, y)
    t[0], t[11] = "rax", "rsi"  # T[0] is stored at once; T[11] is written after y[5] has been read

    def done(k):
        if k == 0:
            a.op("mov", t[0], t0)
        elif k >= 6:
            a.op("mov", t[k], wait(k - 6))

    a.double_and_add_squares(t, y, done)
    a.op("mov", t0, t[7])
    return a.reduce_wide([t[7]] + t[1:6], t[6], wait, (2 * FP.m) ** 2)[:6]


def sqr_fp():
    a = Asm(
        FP, "fp_sqr_adx", "void fp_sqr_adx(fp *r, const fp *a);", "r = a^2 / 2^384 mod p, in [0, p)",
        "a in [0, 2 p). r may alias a.", SAVED, frame=64,
    )
    r = "56(%rsp)"
    a.op("mov", "rdi", r)
    t = square(a, mem("rsi"), mem("rsp"), "48(%rsp)")
    a.op("mov", r, "rdi")
    a.finish(t, ["rax", "rbx", "rcx", "rdx", "rsi", "r15"], mem("rdi"))
    return a


def chord():
    """Four products and a square: only those whose value is wanted below p end with a subtraction."""
    a = Asm(
        FP, "fp_chord_adx",
        "void fp_chord_adx(fp *r, fp *product, const fp step[2], const fp *rise, const fp *a, const fp *x);",
        "with s = rise * product * step[1], all of them Montgomery products: r[0] = s^2 - a[0] - x,\n"
        "r[1] = s (r[0] - a[0]) - a[1], in [0, p); product = product * step[0], in [0, 2 p)",
        "product, step, rise in [0, 2 p), a[0] and x in [0, p), a[1] in [0, p]. r may alias a and x,\n"
        "product nothing.",
        ["rbx", "rbp", "r12", "r13", "r14", "r15"], frame=232,
    )
    slope, third, factor, wait, t0 = mem("rsp"), mem("rsp", 48), mem("rsp", 96), mem("rsp", 144), "192(%rsp)"
    keep_r, keep_a, keep_product, keep_step = ("%d(%%rsp)" % at for at in (200, 208, 216, 224))
    t, spare = WINDOW[6], ["rax", "rbx", "rcx", "rdx", "rdi", "r15"]
    for register, at in (("rdi", keep_r), ("rsi", keep_product), ("rdx", keep_step), ("r8", keep_a), ("r9", "rbp")):
        a.op("mov", register, at)
    a.op("mov", "rdx", "rdi")
    a.note("the slope")
    a.store(a.mont_rows(t, mem("rdi", 48), mem("rsi"), 2, 2), factor)
    a.store(a.mont_rows(t, factor, mem("rcx"), 2, 2), slope)
    a.note("r[0]")
    s = square(a, slope, wait, t0)
    a.op("mov", keep_a, "rsi")
    a.finish(s, spare)
    a.subtract(s, mem("rsi"), "rax", "rbx")
    a.subtract(s, mem("rbp"), "rcx", "rdx")
    a.store(s, third)
    a.chain("sub", s, mem("rsi"))
    a.chain("add", s, a.constant("m"))
    a.store(s, factor)
    a.note("the product, here because r[1] waits for r[0]")
    a.op("mov", keep_product, "rdi")
    a.op("mov", keep_step, "rcx")
    a.store(a.mont_rows(t, mem("rcx"), mem("rdi"), 2, 2), mem("rdi"))
    a.note("r[1]")
    s = a.mont_rows(t, slope, factor, 2, 2)[:6]
    a.finish(s, spare)
    a.subtract(s, mem("rsi", 48), "rax", "rbx")
    a.op("mov", keep_r, "rdi")
    a.store(s, mem("rdi", 48))
    for j in range(6):
        a.op("mov", third(j), s[j])
    a.store(s, mem("rdi"))
    return a


def sqr_fr():
    a = Asm(
        FR, "fr_sqr_adx", "void fr_sqr_adx(fr *r, const fr *a);", "r = a^2 / 2^256 mod r, in [0, r)",
        "a in [0, r). r may alias a.", SAVED,
    )
    t = ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "rcx"]
    a.products_off_diagonal(t, mem("rsi"))
    a.double_and_add_squares(t, mem("rsi"), lambda k: None)
    low = a.reduce_wide(t[:4], "rsi", lambda j: t[4 + j], FR.m**2)
    a.finish(low[:4], ["rax", "rbx", "rcx", "rdx"], mem("rdi"))
    return a


def mul_fp2():
    """Karatsuba with the minus sign of u^2 = -1 in a factor: v0 = a0 b0, v1 = (p - a1) b1, v2 = (a0 + a1)(b0 + b1), wide.

    r0 = v0 + v1 in [0, 2 p^2]; r1 = v2 - v0 + v1 = a0 b1 + a1 b0 + p b1 in [0, 3 p^2]: no difference to lift."""
    a = Asm(
        FP, "fp2_mul_adx", "void fp2_mul_adx(fp r[2], const fp a[2], const fp b[2]);",
        "(r0 + r1 u) = (a0 + a1 u)(b0 + b1 u) / 2^384 modulo p and u^2 + 1, parts in [0, p)",
        "a0, a1, b0, b1 in [0, p). r may alias a and b.", SAVED, frame=440,
    )
    v0, v1, v2, high = mem("rsp"), mem("rsp", 96), mem("rsp", 192), mem("rsp", 240)
    sa, sb, minus_a1, r = mem("rsp", 288), mem("rsp", 336), mem("rsp", 384), "432(%rsp)"
    t, m = WINDOW[6], a.constant("m")
    a.op("mov", "rdi", r)
    a.op("mov", "rdx", "rcx")
    for left, name, right, out in (
        (mem("rsi"), "add", mem("rsi", 48), sa),
        (mem("rcx"), "add", mem("rcx", 48), sb),
        (m, "sub", mem("rsi", 48), minus_a1),
    ):
        for j in range(6):
            a.op("mov", left(j), t[j])
        for j in range(6):
            a.op(name if j == 0 else {"add": "adc", "sub": "sbb"}[name], right(j), t[j])
            a.op("mov", t[j], out(j))
    wide = ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "rax", "rbx", "rcx", "rdx", "rsi"]

    def part(terms, t_max, out):
        for j in range(12):
            a.op("mov", terms[0][1](j), wide[j])
        for chain, source in terms[1:]:
            for j in range(12):
                a.op(chain[j > 0], source(j), wide[j])
        for j in range(6):
            a.op("mov", wide[6 + j], high(j))
        s = a.reduce_wide(wide[:6], wide[6], high, t_max)
        a.finish(s[:6], ["rax", "rbx", "rcx", "rdx", "rsi", "r15"], out)

    a.product(t, mem("rcx"), mem("rsi"), v0)
    a.product(t, mem("rcx", 48), minus_a1, v1)
    a.op("mov", r, "rdi")
    a.note("r0 = v0 + v1")
    part([(None, v0), (("add", "adc"), v1)], 2 * FP.m**2, mem("rdi"))
    a.product(t, sb, sa, v2)
    a.note("r1 = v2 - v0 + v1")
    part([(None, v2), (("sub", "sbb"), v0), (("add", "adc"), v1)], 3 * FP.m**2, mem("rdi", 48))
    return a


def sqr_fp2():
    """r0 = (a0 + a1)(a0 - a1 + p), r1 = (2 a0) a1, with sums that are not reduced."""
    a = Asm(
        FP, "fp2_sqr_adx", "void fp2_sqr_adx(fp r[2], const fp a[2]);",
        "(r0 + r1 u) = (a0 + a1 u)^2 / 2^384 modulo p and u^2 + 1, parts in [0, p)",
        "a0, a1 in [0, p). r may alias a.", SAVED, frame=144,
    )
    total, difference, double = mem("rsp"), mem("rsp", 48), mem("rsp", 96)
    a0, a1, t, m = mem("rsi"), mem("rsi", 48), WINDOW[6], a.constant("m")
    for out, chains in (
        (total, [("add", a1)]),
        (double, [("add", a0)]),
        (difference, [("sub", a1), ("add", m)]),
    ):
        for j in range(6):
            a.op("mov", a0(j), t[j])
        for name, source in chains:
            for j in range(6):
                a.op(name if j == 0 else {"add": "adc", "sub": "sbb"}[name], source(j), t[j])
        for j in range(6):
            a.op("mov", t[j], out(j))
    spare = ["rax", "rbx", "rcx", "rdx", "r15"]
    a.note("r0; a1 is read after it is written, a0 is not")
    s = a.mont_rows(t, total, difference, 2, 2)
    a.finish(s[:6], spare + s[6:], mem("rdi"))
    a.note("r1")
    s = a.mont_rows(t, double, a1, 2, 1)
    a.finish(s[:6], spare + s[6:], mem("rdi", 48))
    return a


FILES = {}


def add(a):
    FILES["%s/%s.S" % (FOLDER, a.name)] = a


def main():
    add(mul(FP, "FP", "p"))
    add(mul_lazy())
    add(sqr_fp())
    add(chord())
    add(mul_fp2())
    add(sqr_fp2())
    add(mul(FR, "FR", "r"))
    add(sqr_fr())
    different = 0
    for path, a in FILES.items():
        full, text = os.path.join(ROOT, path), a.text()
        if "--check" in sys.argv[1:]:
            same = os.path.exists(full) and open(full).read() == text
            print("%s: %s" % (path, "as derived" if same else "DIFFERS from its derivation"))
            different += not same
        else:
            open(full, "w").write(text)
            print("wrote " + path)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
