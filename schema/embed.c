#include "schema/embed.h"

/* The path is relative to the folder of the Makefile, where the compiler is started. */
#define EMBED(name, path)                                  \
    __asm__(".pushsection .rodata\n"                       \
            ".globl embed_" #name "\n"                     \
            ".type embed_" #name ", @object\n"             \
            "embed_" #name ":\n"                           \
            ".incbin \"" path "\"\n"                       \
            ".byte 0\n"                                    \
            ".size embed_" #name ", . - embed_" #name "\n" \
            ".popsection\n")

EMBED(sql_0001, "schema/sql/0001.sql");
EMBED(sql_views, "schema/sql/views.sql");
