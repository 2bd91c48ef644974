/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people call the well-known kinds of services. */
#ifndef LOOKUP_SERVICES_TYPES_H
#define LOOKUP_SERVICES_TYPES_H

/* "_ipp._tcp" in any case of its letters: "printer (IPP)"; NULL if it is not
 * known. Static. */
const char *services_describe_type(const char *type);

#endif
