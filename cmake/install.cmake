# What `make install` installs: libkzg and libkzgops in both forms, their headers, pkg-config and CMake package files,
# the daemon and the tool. tests/install builds programs against the result.
include(CMakePackageConfigHelpers)

# Both package files find the rest of the installation from where they stand, so the tree can be moved.
file(RELATIVE_PATH KZG_PKGCONFIG_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)

function(kzg_install_library NAME)
  install(TARGETS ${NAME}_shared ${NAME}_static LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
                                                ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(
    DIRECTORY include/${NAME}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING
    PATTERN "*.h")
  configure_file(cmake/${NAME}.pc.in ${NAME}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${NAME}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/${NAME})
  configure_package_config_file(cmake/${NAME}-config.cmake.in ${NAME}-config.cmake INSTALL_DESTINATION ${folder}
                                PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
  # Before 1.0 a minor version may change the API.
  write_basic_package_version_file(${NAME}-config-version.cmake VERSION ${PROJECT_VERSION}
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/${NAME}-config.cmake ${PROJECT_BINARY_DIR}/${NAME}-config-version.cmake
          DESTINATION ${folder})
endfunction()

kzg_install_library(kzg)
if(TARGET kzgops_shared)
  kzg_install_library(kzgops)
endif()
foreach(program kzgd kzg)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
