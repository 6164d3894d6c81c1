# The house rules, the checker's own test, and the generators: what they wrote is what they would write now.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

add_test(NAME tidy COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/tidy.py)
add_test(NAME tidy_test COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/tidy_test.py)
set_tests_properties(tidy tidy_test PROPERTIES LABELS tidy TIMEOUT 900)

file(GLOB generators CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/gen/*.py)
foreach(generator ${generators})
  file(STRINGS ${generator} has_check REGEX "--check" LIMIT_COUNT 1)
  if(has_check)
    get_filename_component(name ${generator} NAME_WE)
    add_test(NAME gen.${name} COMMAND Python3::Interpreter ${generator} --check)
    set_tests_properties(gen.${name} PROPERTIES LABELS gen TIMEOUT 900)
  endif()
endforeach()
