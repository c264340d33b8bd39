#pragma once

namespace tailor::http {

/// Why a request head is refused. The connection is closed after the answer, because the start of the next
/// request would be uncertain (request smuggling).
struct HeadFault {
  int status;
  const char* code;
  const char* detail;
};

namespace faults {

inline constexpr HeadFault kRequestLine{400, "malformed_request",
                                        "The request line is not a method, a target and HTTP/1.1, with one "
                                        "blank between them."};
inline constexpr HeadFault kTarget{
    400, "malformed_request",
    "The request target is neither a path nor an absolute http URI. A fragment "
    "(#) and user information (user@) are not allowed."};
inline constexpr HeadFault kFieldLine{
    400, "malformed_request",
    "A header field is not a name, a colon and a value on one line that ends "
    "with CR LF, without control characters."};
inline constexpr HeadFault kHost{
    400, "malformed_request",
    "There must be one Host field: a name or an address, and a port after a colon "
    "if need be."};
inline constexpr HeadFault kContentLength{400, "malformed_request",
                                          "Content-Length must be one decimal number, given once, and not "
                                          "together with Transfer-Encoding."};
inline constexpr HeadFault kTransferEncoding{
    400, "malformed_request",
    "Transfer-Encoding must end with chunked, have that once, and come "
    "with HTTP/1.1."};
inline constexpr HeadFault kHasBody{413, "body_not_allowed", "A request must not have a body."};
inline constexpr HeadFault kLongTarget{414, "target_too_long", "The request target is too long."};
inline constexpr HeadFault kExpectation{417, "expectation_failed",
                                        "The only expectation that is known is 100-continue."};
inline constexpr HeadFault kMisdirected{421, "misdirected_request",
                                        "This server answers for http URIs only. Let a proxy take https."};
inline constexpr HeadFault kTooManyConnections{429, "too_many_connections",
                                               "This address has too many connections already."};
inline constexpr HeadFault kLongHead{431, "header_too_long",
                                     "The request line and the header fields are too long."};
inline constexpr HeadFault kMethod{501, "method_not_implemented",
                                   "The method is not known. Use GET or HEAD; methods are in upper case."};
inline constexpr HeadFault kTransferCoding{501, "transfer_coding_not_implemented",
                                           "The only transfer coding that is known is chunked."};
inline constexpr HeadFault kVersion{505, "http_version_not_supported", "Use HTTP/1.1."};

}  // namespace faults
}  // namespace tailor::http
