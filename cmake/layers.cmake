# A layer is an object library that can include only what its row in docs/architecture.md allows: its include path is a
# folder of links, one for each layer it may see.
#
#   kzg_layer(<name> SOURCES ... MAY_INCLUDE <layer>... [LIBRARIES ...])
#
# The public headers stand in include/ and are seen by a layer that lists "public".
function(kzg_layer NAME)
  cmake_parse_arguments(L "" "" "SOURCES;MAY_INCLUDE;LIBRARIES" ${ARGN})
  set(view ${PROJECT_BINARY_DIR}/view/${NAME})
  file(MAKE_DIRECTORY ${view})
  add_library(kzg_layer_${NAME} OBJECT ${L_SOURCES})
  target_include_directories(kzg_layer_${NAME} PRIVATE ${view})
  foreach(layer ${NAME} ${L_MAY_INCLUDE})
    if(layer STREQUAL "public")
      target_include_directories(kzg_layer_${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    else()
      file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${layer} ${view}/${layer} SYMBOLIC)
    endif()
  endforeach()
  target_link_libraries(kzg_layer_${NAME} PRIVATE kzg_flags ${L_LIBRARIES})
endfunction()
