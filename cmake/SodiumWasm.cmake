# lk_sodium_wasm: Debian's libsodium source, built for wasm32-wasi when the wasm preset is configured.
set(sodium_wasm ${CMAKE_SOURCE_DIR}/build/wasm-sodium)
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/build_sodium_wasm.sh ${sodium_wasm} RESULT_VARIABLE sodium_result)
if(NOT sodium_result EQUAL 0)
  message(FATAL_ERROR "tools/build_sodium_wasm.sh did not succeed; its last words are above")
endif()
add_library(lk_sodium_wasm STATIC IMPORTED GLOBAL)
set_target_properties(lk_sodium_wasm PROPERTIES
  IMPORTED_LOCATION ${sodium_wasm}/lib/libsodium.a
  INTERFACE_INCLUDE_DIRECTORIES ${sodium_wasm}/include)
target_link_libraries(lk_sodium_wasm INTERFACE wasi-emulated-signal)
