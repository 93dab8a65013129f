# clang targets WASI without further help; this file only says that the system is known.
