# What `make install` installs: libkzg in both forms, its headers, pkg-config and CMake package files, the daemon and
# the tool. tests/install builds programs against the result.
include(CMakePackageConfigHelpers)

install(TARGETS kzg_shared kzg_static LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
                                      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(
  DIRECTORY include/kzg
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING
  PATTERN "*.h")
foreach(program kzgd kzg)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Both files find the rest of the installation from where they stand, so the tree can be moved.
file(RELATIVE_PATH KZG_PKGCONFIG_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/kzg.pc.in kzg.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kzg.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(KZG_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/kzg)
configure_package_config_file(cmake/kzg-config.cmake.in kzg-config.cmake INSTALL_DESTINATION ${KZG_CMAKE_DIR}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Before 1.0 a minor version may change the API.
write_basic_package_version_file(kzg-config-version.cmake VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kzg-config.cmake ${PROJECT_BINARY_DIR}/kzg-config-version.cmake
        DESTINATION ${KZG_CMAKE_DIR})
