/* The files of data/ as read-only data; see kzg/embedded.h. The build defines the two paths. */

.macro embed name, path
    .global \name
    .hidden \name
    .type \name, %object
    .balign 64
\name:
    .incbin "\path"
    .size \name, . - \name
    .global \name\()_end
    .hidden \name\()_end
    .type \name\()_end, %object
\name\()_end:
    .size \name\()_end, 0
    .byte 0 /* so that the end lies in this section whatever follows */
.endm

    .section .rodata
    embed kzg__mainnet_setup, KZG_MAINNET_SETUP
    embed kzg__mainnet_cells, KZG_MAINNET_CELLS

    .section .note.GNU-stack, "", %progbits
