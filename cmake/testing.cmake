# kzg_test(<name> SOURCES ... [LABELS ...] [LIBRARIES ...] [TIMEOUT seconds] [ARGS ...]): one cmocka program, one ctest
# entry. It links libkzg statically, sees src/ and include/, and is run once for each backend that this machine has
# when BACKENDS is given (KZG_BACKEND set to each in turn); FASTEST is explained at kzg_backend_tests.
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

list(GET KZG_TEST_BACKENDS -1 KZG_FASTEST_BACKEND)

# kzg_backend_tests(<name> EACH|FASTEST COMMAND ... LABELS ... TIMEOUT seconds [ENVIRONMENT ...]): EACH is one ctest entry
# for each backend, <name>.<backend>; FASTEST is <name> on the fastest one, and the others with the label "thorough".
function(kzg_backend_tests NAME HOW)
  cmake_parse_arguments(T "" "TIMEOUT" "COMMAND;LABELS;ENVIRONMENT" ${ARGN})
  foreach(backend ${KZG_TEST_BACKENDS})
    set(entry ${NAME}.${backend})
    set(labels ${T_LABELS})
    if(HOW STREQUAL "FASTEST" AND backend STREQUAL KZG_FASTEST_BACKEND)
      set(entry ${NAME})
    elseif(HOW STREQUAL "FASTEST")
      set(labels thorough)
    endif()
    add_test(NAME ${entry} COMMAND ${T_COMMAND})
    set_tests_properties(
      ${entry}
      PROPERTIES LABELS "${labels}"
                 TIMEOUT ${T_TIMEOUT}
                 ENVIRONMENT "KZG_BACKEND=${backend};${T_ENVIRONMENT}"
                 SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

function(kzg_test NAME)
  cmake_parse_arguments(T "BACKENDS;FASTEST" "TIMEOUT" "SOURCES;LABELS;LIBRARIES;ARGS" ${ARGN})
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
    kzg_backend_tests(${NAME} EACH COMMAND ${NAME} ${T_ARGS} LABELS ${T_LABELS} TIMEOUT ${T_TIMEOUT})
  elseif(T_FASTEST)
    kzg_backend_tests(${NAME} FASTEST COMMAND ${NAME} ${T_ARGS} LABELS ${T_LABELS} TIMEOUT ${T_TIMEOUT})
  else()
    add_test(NAME ${NAME} COMMAND ${NAME} ${T_ARGS})
    set_tests_properties(${NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77)
  endif()
endfunction()
