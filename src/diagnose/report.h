/* Findings as text for people and as one JSON object. */
#ifndef DIAGNOSE_REPORT_H
#define DIAGNOSE_REPORT_H

#include <stddef.h>

#include "diagnose/facts.h"
#include "diagnose/finding.h"

/* snprintf's semantics. Text that comes from elsewhere is printed with ? for what could drive a terminal. */
size_t report_text(const struct facts *facts, const struct findings *findings, char *out, size_t size);
size_t report_json(const struct facts *facts, const struct findings *findings, char *out, size_t size);

#endif
