# kzg_test(<name> SOURCES ... [LABELS ...] [LIBRARIES ...] [TIMEOUT seconds] [ARGS ...]): one cmocka program, one ctest
# entry. It links libkzg statically, sees src/ and include/, and is run once for each backend that this machine has
# when BACKENDS is given (KZG_BACKEND set to each in turn).
find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

set(KZG_TEST_BACKENDS portable)
if(KZG_HAVE_ADX)
  list(APPEND KZG_TEST_BACKENDS adx)
endif()

# Unlike ADX, lanes are missing from many machines that can build them.
set(KZG_TEST_IFMA "")
if(KZG_HAVE_IFMA AND EXISTS /proc/cpuinfo)
  file(STRINGS /proc/cpuinfo KZG_TEST_IFMA REGEX "^flags.* avx512ifma" LIMIT_COUNT 1)
endif()
if(KZG_TEST_IFMA)
  list(APPEND KZG_TEST_BACKENDS ifma)
elseif(KZG_HAVE_IFMA)
  message(WARNING "this machine has no AVX-512 IFMA: the ifma backend is built, and not tested")
endif()

function(kzg_test NAME)
  cmake_parse_arguments(T "BACKENDS" "TIMEOUT" "SOURCES;LABELS;LIBRARIES;ARGS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 900) # for a hang: sanitizers on a busy machine take their time
  endif()
  add_executable(${NAME} ${T_SOURCES})
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include
                                             ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${NAME} PRIVATE kzg_flags kzg_static PkgConfig::CMOCKA ${T_LIBRARIES} m pthread)
  if(KZG_HAVE_ADX)
    target_compile_definitions(${NAME} PRIVATE KZG_HAVE_ADX=1)
  endif()
  if(T_BACKENDS)
    foreach(backend ${KZG_TEST_BACKENDS})
      add_test(NAME ${NAME}.${backend} COMMAND ${NAME} ${T_ARGS})
      set_tests_properties(${NAME}.${backend} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} ENVIRONMENT
                                                         "KZG_BACKEND=${backend}" SKIP_RETURN_CODE 77)
    endforeach()
  else()
    add_test(NAME ${NAME} COMMAND ${NAME} ${T_ARGS})
    set_tests_properties(${NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77)
  endif()
endfunction()
