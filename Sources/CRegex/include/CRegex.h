// POSIX extended regular expressions of the C library, as the pattern lists of pgpool.conf are
// written in. Inline functions and macros only.
#pragma once
// Types that Glibc has too must be Glibc's: see CLinux.h.
#if __has_feature(modules)
#pragma clang module import SwiftGlibc
#endif
#include <regex.h>
#include <stdlib.h>

/// A compiled expression; NULL after a syntax error, whose text is written to `message`.
/// Letters match in either case, `.` matches a line end as well. Give it back to cregex_free.
static inline regex_t *cregex_new(const char *pattern, char *message, size_t size) {
    regex_t *regex = (regex_t *)calloc(1, sizeof *regex);
    int code = REG_ESPACE;
    if (regex) code = regcomp(regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (code == 0) return regex;
    regerror(code, regex, message, size);
    free(regex);
    return NULL;
}

/// Looks for the expression in `length` bytes, which may include NUL.
/// Returns 1 if it is there, 0 if not, -1 if memory did not suffice to tell.
static inline int cregex_matches(const regex_t *regex, const char *bytes, int length) {
    regmatch_t whole = {.rm_so = 0, .rm_eo = length};
    int code = regexec(regex, bytes, 1, &whole, REG_STARTEND);
    return code == 0 ? 1 : code == REG_NOMATCH ? 0 : -1;
}

static inline void cregex_free(regex_t *regex) {
    regfree(regex);
    free(regex);
}
