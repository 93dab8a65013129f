# Puts the files of a folder into a program: one assembler file with an .incbin per file and per gzip twin, and a
# table. lk_embed(<target> <name> <folder>) adds both to <target>; C++ finds the table as
# lightkeeper::embedded::<name>() after #include "<name>.gen.hpp".
#
# The folder is read at build time, so it may come and go (web/dist exists once Vite has run); an absent folder gives
# an empty table. Contents are copied under the name of their hash, so that the assembler text changes exactly when a
# file does.
function(lk_embed target name folder)
  set(out ${CMAKE_BINARY_DIR}/generated/embed/${name})
  add_custom_target(lk_embed_${name}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFOLDER=${folder} -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    BYPRODUCTS ${out}/${name}.S ${out}/${name}.gen.hpp
    COMMENT "Files to embed: ${name}" VERBATIM)
  target_sources(${target} PRIVATE ${out}/${name}.S)
  target_include_directories(${target} PRIVATE ${out})
  add_dependencies(${target} lk_embed_${name})
endfunction()
