# Flags that every target of ours gets, and the questions whether the compiler knows ADX and AVX-512 IFMA.
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
# The layers in which the time of every operation goes are optimised further than the rest. With a sanitizer compiling takes
# longer than all that runs afterwards.
set(KZG_HOT -O3)
if(KZG_SANITIZE)
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g1")
  set(KZG_HOT -O2)
  target_compile_options(kzg_flags INTERFACE $<$<COMPILE_LANG_AND_ID:C,GNU>:-Wno-format-truncation>) # at -O1 it knows no ranges
  set(sanitize -fsanitize=${KZG_SANITIZE})
  if(KZG_SANITIZE STREQUAL "thread")
    # Where nothing can be shared between threads there is nothing to see, and most of the time is spent there.
    set(sanitize $<$<NOT:$<BOOL:$<TARGET_PROPERTY:KZG_STATELESS>>>:${sanitize}>)
  endif()
  target_compile_options(kzg_flags INTERFACE ${sanitize})
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

# Only for the files in src/*/ifma: the rest runs on any CPU. The IFMA variant's scalar kernels are the ADX ones.
set(KZG_IFMA_FLAGS -mavx512f -mavx512dq -mavx512vl -mavx512bw -mavx512ifma)
if(KZG_HAVE_ADX AND NOT KZG_IFMA STREQUAL "OFF")
  list(JOIN KZG_IFMA_FLAGS " " CMAKE_REQUIRED_FLAGS)
  check_c_source_compiles(
    "#include <immintrin.h>
     int main(void) { __m512i a = _mm512_set1_epi64(3);
     return (int)_mm512_reduce_add_epi64(_mm512_madd52lo_epu64(a, a, a)); }"
    KZG_HAVE_IFMA)
  unset(CMAKE_REQUIRED_FLAGS)
endif()
# Functions of their arguments that are long when all is inlined. ThreadSanitizer has nothing to see in them; with
# UndefinedBehaviorSanitizer they take minutes to compile, and intrinsics leave it little.
list(APPEND KZG_IFMA_FLAGS ${KZG_HOT})
if(KZG_SANITIZE STREQUAL "thread")
  list(APPEND KZG_IFMA_FLAGS -fno-sanitize=thread)
elseif(KZG_SANITIZE)
  list(APPEND KZG_IFMA_FLAGS -fno-sanitize=undefined)
endif()
if(KZG_HAVE_IFMA)
  # For all targets: structures have members for the lanes.
  target_compile_definitions(kzg_flags INTERFACE KZG_HAVE_IFMA=1)
endif()
if(KZG_IFMA STREQUAL "ON" AND NOT KZG_HAVE_IFMA)
  message(FATAL_ERROR "KZG_IFMA=ON, but this compiler and target cannot make AVX-512 IFMA code, or not ADX code")
endif()
