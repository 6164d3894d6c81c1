#!/usr/bin/env python3
"""Installs a build below a temporary folder and uses it as a stranger would.

  install_test.py BUILD CLASS

Exit status 77 when something was skipped and the rest passed.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..")
PROJECT = os.path.join(HERE, "project")
SETUP = os.path.join(os.environ.get("KZG_VECTORS", os.path.join(SOURCE, "..", "shared", "vectors")), "..",
                     "trusted_setup.txt")
BUILD = None


def run(*command, **more):
    result = subprocess.run(command, capture_output=True, text=True, **more)
    if result.returncode:
        raise AssertionError(f"{' '.join(command)}: {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def read(*path):
    with open(os.path.join(SOURCE, *path)) as f:
        return f.read()


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="kzg-install-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        found = [os.path.join(f, n) for f, _, names in os.walk(cls.prefix) for n in names]
        cls.files = {os.path.relpath(f, cls.prefix) for f in found}
        cls.lib = os.path.join(cls.prefix, os.path.dirname(next(f for f in cls.files if f.endswith("/libkzg.a"))))
        cls.environment = {
            **os.environ,
            "LD_LIBRARY_PATH": cls.lib,
            "PKG_CONFIG_PATH": os.path.join(cls.lib, "pkgconfig"),
        }
        version = re.search(r'KZG_VERSION_STRING "(.*)"', read("include", "kzg", "kzg.h"))
        cls.version = version.group(1)

    def program(self, *command):
        return run(*command, env=self.environment)

    def build_project(self, prefix):
        out = os.path.join(self.folder, "project")
        run("cmake", "-S", PROJECT, "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", out)
        return out


class Installed(Installation):
    def exported(self):
        rows = run("nm", "-D", "--defined-only", os.path.join(self.lib, "libkzg.so")).split("\n")
        names = [row.split()[-1].split("@")[0] for row in rows if len(row.split()) == 3]
        return {name for name in names if not name.startswith("KZG_")}

    def test_files__all_there_and_none_else(self):
        lib = os.path.relpath(self.lib, self.prefix)
        major = self.version.split(".")[0]
        expected = {"bin/kzgd", "bin/kzg"}
        for name in ("kzg", "kzgops"):
            expected |= {f"{lib}/lib{name}.{end}" for end in ("a", "so", f"so.{major}", f"so.{self.version}")}
            expected |= {f"{lib}/pkgconfig/{name}.pc", f"{lib}/cmake/{name}/{name}-config.cmake"}
            expected |= {f"{lib}/cmake/{name}/{name}-config-version.cmake"}
            expected |= {f"include/{name}/{header}" for header in os.listdir(os.path.join(SOURCE, "include", name))}
        expected |= {f"share/doc/kzgd/{name}" for name in ("README.md", "CHANGELOG.md", "LICENSE")}
        self.assertEqual(self.files, expected)

    def test_shared_library__exports_only_the_names_of_the_map(self):
        text = read("src", "kzg", "libkzg.map")
        names = re.search(r"global:(.*?)local:", text, re.S).group(1)
        listed = {name for name in re.findall(r"[\w*]+", names)}
        exported = self.exported()
        prefixes = tuple(name[:-1] for name in listed if name.endswith("*"))
        strange = {n for n in exported - listed if not n.startswith(prefixes) or n.startswith("kzg__")}
        self.assertEqual(strange, set())
        self.assertEqual({n for n in listed if not n.endswith("*")} - exported, set())

    def test_shared_library__exports_every_declared_function(self):
        header = re.sub(r"/\*.*?\*/", "", read("include", "kzg", "kzg.h"), flags=re.S)
        declared = set(re.findall(r"^KZG_API\b[^;]*?\b(kzg_\w+)\(", header, re.M))
        self.assertGreater(len(declared), 15)
        self.assertEqual(declared - self.exported(), set())

    def test_shared_library__soname_and_dependencies(self):
        dynamic = run("readelf", "-d", os.path.join(self.lib, "libkzg.so"))
        self.assertIn(f"[libkzg.so.{self.version.split('.')[0]}]", dynamic)
        needed = {name.split(".so")[0] for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)}
        self.assertLessEqual(needed, {"libcrypto", "libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"})
        self.assertNotIn("RUNPATH", dynamic)

    def test_shared_library__needs_no_executable_stack(self):
        rows = run("readelf", "-lW", os.path.join(self.lib, "libkzg.so"))
        self.assertRegex(rows, r"GNU_STACK.*RW ")

    def test_pkg_config__builds_a_program_in_both_ways(self):
        for extra in ([], ["--static"]):
            flags = self.program("pkg-config", "--cflags", "--libs", *extra, "kzg").split()
            out = os.path.join(self.folder, "pkg" + "".join(extra))
            if extra:
                flags = [os.path.join(self.lib, "libkzg.a") if f == "-lkzg" else f for f in flags]
            run("cc", "-Wall", "-Werror", os.path.join(PROJECT, "consumer.c"), *flags, "-o", out)
            self.assertEqual(self.program(out), "libkzg says 1 0\n")
            links = "libkzg" in run("readelf", "-d", out)
            self.assertEqual(links, not extra)

    def test_headers__compile_alone_as_c_and_cxx(self):
        include = os.path.join(self.prefix, "include")
        for header in sorted(file[len("include/"):] for file in self.files if file.startswith("include/")):
            for compiler, language in (("cc", "c"), ("c++", "c++")):
                run(compiler, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I", include, "-x", language,
                    "-", input=f"#include <{header}>\n")

    def test_find_package__builds_programs_and_survives_a_move(self):
        moved = os.path.join(self.folder, "moved")
        shutil.copytree(self.prefix, moved, symlinks=True)
        out = self.build_project(moved)
        self.assertEqual(run(f"{out}/with_shared"), "libkzg says 1 0\n")
        self.assertEqual(run(f"{out}/with_static"), "libkzg says 1 0\n")
        self.assertEqual(run(f"{out}/with_cxx"), "field_element_not_canonical\n")
        self.assertEqual(run(f"{out}/with_ops"), "libkzgops counts 1000 and 0\n")
        self.assertEqual(run(f"{out}/with_ops_static"), "libkzgops counts 1000 and 0\n")

    def test_kzgops__an_example_builds_and_runs_in_both_ways(self):
        source = os.path.join(SOURCE, "examples", "profile.c")
        for extra in ([], ["--static"]):
            flags = self.program("pkg-config", "--cflags", "--libs", *extra, "kzgops").split()
            if extra:
                flags = [os.path.join(self.lib, "libkzgops.a") if flag == "-lkzgops" else flag for flag in flags]
            out = os.path.join(self.folder, "ops" + "".join(extra))
            run("cc", "-D_GNU_SOURCE", source, *flags, "-pthread", "-o", out)
            self.program(out)

    def test_programs__run_from_the_prefix(self):
        for command in (["kzgd", "--version"], ["kzg", "version"]):
            program = os.path.join(self.prefix, "bin", command[0])
            self.assertIn(self.version, self.program(program, *command[1:]))
            needed = re.findall(r"\((?:RPATH|RUNPATH)\).*", run("readelf", "-d", program))
            self.assertEqual(needed, [])

    def test_destdir__is_respected(self):
        stage = os.path.join(self.folder, "stage")
        run("cmake", "--install", BUILD, "--prefix", "/opt/kzg", env={**os.environ, "DESTDIR": stage})
        self.assertTrue(os.path.exists(os.path.join(stage, "opt", "kzg", "bin", "kzgd")))
        text = run("cat", os.path.join(stage, "opt", "kzg", os.path.relpath(self.lib, self.prefix), "pkgconfig", "kzg.pc"))
        self.assertNotIn(stage, text)


class CkzgProgram(Installation):
    def test_ckzg_program__recompiles_and_verifies_a_blob(self):
        out = self.build_project(self.prefix)
        if not os.path.exists(SETUP):
            self.skipTest(f"the program for c-kzg-4844 was built but not run: there is no {SETUP}")
        self.assertEqual(run(f"{out}/with_ckzg", SETUP), "the blob verifies\n")


if __name__ == "__main__":
    BUILD = os.path.abspath(sys.argv[1])
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(globals()[sys.argv[2]])
    outcome = unittest.TextTestRunner(verbosity=2).run(suite)
    for test, reason in outcome.skipped:
        print(f"SKIPPED {test}: {reason}")
    sys.exit(1 if not outcome.wasSuccessful() else 77 if outcome.skipped else 0)
