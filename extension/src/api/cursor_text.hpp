// The text of a cursor: the sort values of a page's last row, with a checksum over them and the search.
#pragma once

#include "src/engine/answer.hpp"
#include "src/engine/request.hpp"

namespace tailor {

/// The cursor of the page after this one; nullptr: this is the last one, or has no row.
const char* next_cursor(const Answer& answer, const Request& request);

/// Reads a cursor of the same search, whose page, page_size and sample_works may differ. False if it is of
/// another search, or not as next_cursor() wrote it.
bool read_cursor(const char* text, const Request& request, Cursor& cursor);

}  // namespace tailor
