#pragma once

#include <libpq-fe.h>

#include <memory>

#include "base/deadline.hpp"

namespace tailor::postgres {

/// The handle for cancelling a session's query, from PQgetCancel().
using Cancellation = std::unique_ptr<PGcancel, decltype(&PQfreeCancel)>;

/// Sends a cancel request and waits until the server has received it or refused the connection. False when
/// neither is known by the deadline: the request may still arrive later.
bool send(Cancellation cancellation, Deadline deadline);

}  // namespace tailor::postgres
