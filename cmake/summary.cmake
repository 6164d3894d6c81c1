message(STATUS "kzgd ${PROJECT_VERSION}: ${CMAKE_BUILD_TYPE}, ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}, "
               "ADX code ${KZG_HAVE_ADX}, IFMA code ${KZG_HAVE_IFMA}, jemalloc ${KZG_JEMALLOC}, probes '${KZG_HAVE_SDT}', watches itself ${KZG_OBSERVE}, "
               "sanitizer '${KZG_SANITIZE}'")
