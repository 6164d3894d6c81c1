/* Sizes of the scheme. The public ones stand in kzg/kzg.h; KZG_TOY makes the same code an instance so small that
 * tests can try everything. */
#ifndef KZG_PARAMS_H
#define KZG_PARAMS_H

#ifdef KZG_TOY
#define FIELD_ELEMENTS_PER_BLOB 8
#define FIELD_ELEMENTS_PER_CELL 2
#else
#define FIELD_ELEMENTS_PER_BLOB 4096
#define FIELD_ELEMENTS_PER_CELL 64
#endif

#define FIELD_ELEMENTS_PER_EXT_BLOB (2 * FIELD_ELEMENTS_PER_BLOB)
#define CELLS_PER_EXT_BLOB          (FIELD_ELEMENTS_PER_EXT_BLOB / FIELD_ELEMENTS_PER_CELL)
#define CELLS_PER_BLOB              (CELLS_PER_EXT_BLOB / 2)
#define BYTES_PER_CELL              (32 * FIELD_ELEMENTS_PER_CELL)
#define BYTES_PER_BLOB              (32 * FIELD_ELEMENTS_PER_BLOB)
#define SETUP_G2_POINTS             (FIELD_ELEMENTS_PER_CELL + 1)

#endif
