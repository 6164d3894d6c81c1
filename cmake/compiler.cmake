# Flags that every target of ours gets, and the question whether the assembler knows ADX.
include(CheckCSourceCompiles)

add_library(kzg_flags INTERFACE)
target_compile_definitions(kzg_flags INTERFACE _GNU_SOURCE)
target_compile_options(
  kzg_flags
  INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wall
            -Wextra
            -Wshadow
            -Wstrict-prototypes
            -Wmissing-prototypes
            -Wvla
            -Wpointer-arith
            -Wcast-qual
            -Wundef
            -fno-omit-frame-pointer>)
if(KZG_WERROR)
  target_compile_options(kzg_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()
if(KZG_CHECKED)
  target_compile_definitions(kzg_flags INTERFACE KZG_CHECKED=1)
endif()
if(KZG_SANITIZE)
  target_compile_options(kzg_flags INTERFACE -fsanitize=${KZG_SANITIZE})
  target_link_options(kzg_flags INTERFACE -fsanitize=${KZG_SANITIZE})
  if(KZG_SANITIZE MATCHES "undefined")
    target_compile_options(kzg_flags INTERFACE -fno-sanitize-recover=all)
  endif()
endif()
if(KZG_COVERAGE)
  target_compile_options(kzg_flags INTERFACE --coverage)
  target_link_options(kzg_flags INTERFACE --coverage)
endif()

if(NOT KZG_ADX STREQUAL "OFF")
  check_c_source_compiles(
    "#if !defined(__x86_64__)
     #error not x86-64
     #endif
     int main(void) { __asm__ volatile(\"mulx %%rax, %%rax, %%rax; adcx %%rax, %%rax; adox %%rax, %%rax\"
                      : : : \"rax\", \"cc\"); return 0; }"
    KZG_HAVE_ADX)
  if(KZG_ADX STREQUAL "ON" AND NOT KZG_HAVE_ADX)
    message(FATAL_ERROR "KZG_ADX=ON, but this compiler and target cannot assemble MULX and ADX")
  endif()
endif()
