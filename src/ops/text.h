/* The writer has moved to base/text.h. */
#include "base/text.h"
