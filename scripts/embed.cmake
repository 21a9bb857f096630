# Makes builtin.c from the default policy and the fault catalogue:
#   cmake -DOUT=builtin.c -DPOLICY=... -DFAULTS=... -P embed.cmake
function(emit symbol label file)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR length "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1,\n" bytes "${hex}")
  file(APPEND ${OUT} "static const unsigned char ${symbol}_BYTES[] = {\n${bytes}0};\n"
    "const struct builtin_file ${symbol} = {\"${label}\", (const char *)${symbol}_BYTES, ${length}};\n")
endfunction()
file(WRITE ${OUT} "#include \"cli/builtin.h\"\n")
emit(BUILTIN_POLICY "built-in policies/default.yaml" ${POLICY})
emit(BUILTIN_FAULTS "built-in faults.yaml" ${FAULTS})
