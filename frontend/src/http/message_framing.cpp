#include "http/message_framing.hpp"

#include <algorithm>
#include <string_view>

#include "http/field_value.hpp"
#include "http/head_fault.hpp"

namespace tailor::http {
namespace {

// A body's end is known only if chunked is its last coding.
const HeadFault* transfer_encoding_fault(std::string_view codings) {
  std::string_view last;
  int chunked = 0;
  bool unknown = false;
  while (!codings.empty()) {
    const std::string_view coding = next_list_item(codings);
    if (coding.empty()) continue;
    last = coding;
    chunked += iequals(coding, "chunked") ? 1 : 0;
    unknown = unknown || !iequals(coding, "chunked");
  }
  if (chunked != 1 || !iequals(last, "chunked")) return &faults::kTransferEncoding;
  return unknown ? &faults::kTransferCoding : &faults::kHasBody;
}

}  // namespace

const HeadFault* framing_fault(const FramingFields& fields, bool http_1_1) {
  if (fields.transfer_encoding && fields.content_lengths > 0) return &faults::kContentLength;
  if (fields.transfer_encoding && !http_1_1) return &faults::kTransferEncoding;
  if (fields.transfer_encoding) return transfer_encoding_fault(*fields.transfer_encoding);
  if (fields.content_lengths == 0) return nullptr;
  const std::string& length = fields.content_length;
  const bool number = !length.empty() && length.find_first_not_of("0123456789") == std::string::npos;
  if (fields.content_lengths > 1 || !number) return &faults::kContentLength;
  return length.find_first_not_of('0') == std::string::npos ? nullptr : &faults::kHasBody;
}

}  // namespace tailor::http
