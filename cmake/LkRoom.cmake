# One room = one folder = one static library lk_<name> and, beside it, one test program.
#
#   lk_room(<name> [EDGE] [DEPS lib...] [TEST_DEPS lib...])
#
# Every *.cpp in the folder belongs to the room; *_test.cpp belongs to its tests. EDGE marks a room
# that may use exceptions, RTTI, threads and I/O; the others are the pure core and the guard, which
# are compiled without exceptions or RTTI so that they also build for wasm32-wasi.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(lk_flags INTERFACE)
target_include_directories(lk_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include
                                              ${CMAKE_BINARY_DIR}/generated)
target_compile_options(lk_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-align
  -Wcast-qual -Wundef -Wformat=2 -Wnon-virtual-dtor -Woverloaded-virtual -Wdouble-promotion
  -Wimplicit-fallthrough -Wextra-semi -ffp-contract=off)
if(LK_WERROR)
  target_compile_options(lk_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(lk_flags INTERFACE -Wduplicated-cond -Wlogical-op)
endif()
if(NOT LK_WASM)
  target_compile_options(lk_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
                                            -fcf-protection=full -fvisibility=hidden)
  target_compile_definitions(lk_flags INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
  if(NOT LK_SANITIZE)
    target_compile_definitions(lk_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
    target_link_options(lk_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  endif()
endif()
if(LK_SANITIZE)
  # vptr checks need RTTI, which the core does not have.
  add_compile_options(-fsanitize=${LK_SANITIZE} -fno-omit-frame-pointer -g1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code makes g++ see uninitialised values where there are none; the sanitizers look for real ones.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_link_options(-fsanitize=${LK_SANITIZE})
  if(LK_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr -fno-sanitize-recover=all)
  endif()
endif()
if(LK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

function(lk_room name)
  cmake_parse_arguments(ROOM "EDGE" "" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}_room.cpp "// This room holds headers only.\n")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/${name}_room.cpp)
  endif()
  add_library(lk_${name} STATIC ${sources})
  target_link_libraries(lk_${name} PUBLIC lk_flags ${ROOM_DEPS})
  if(NOT ROOM_EDGE)
    target_compile_options(lk_${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
  endif()
  if(LK_TESTS AND tests AND NOT LK_WASM)
    add_executable(lk_${name}_test ${tests})
    target_link_libraries(lk_${name}_test PRIVATE lk_${name} ${ROOM_TEST_DEPS} GTest::gtest GTest::gmock
                                                  GTest::gtest_main)
    target_compile_definitions(lk_${name}_test PRIVATE LK_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # g++ 12 warns about copies of initialised optionals and strings in large functions (GCC PR 105651, 105562), which
    # tests have; in what is shipped these warnings stay on.
    target_compile_options(lk_${name}_test PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-restrict>)
    # One ctest entry per room: starting a process per case would cost more than the cases.
    add_test(NAME ${name} COMMAND lk_${name}_test --gtest_brief=1)
  endif()
endfunction()
