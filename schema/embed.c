#include "schema/embed.h"

/* .incbin looks in the folder that the compiler was started in, the project's root. */
#define EMBED_INCLUDE(name, file)                          \
    __asm__(".section .rodata.embed, \"a\"\n"              \
            ".global embed_" #name "\n"                    \
            ".hidden embed_" #name "\n"                    \
            ".type embed_" #name ", %object\n"             \
            "embed_" #name ":\n"                           \
            ".incbin \"" file "\"\n"                       \
            ".byte 0\n"                                    \
            ".size embed_" #name ", . - embed_" #name "\n" \
            ".previous\n");
EMBEDDED(EMBED_INCLUDE)
