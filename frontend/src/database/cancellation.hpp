#pragma once

#include <libpq-fe.h>

#include <memory>

#include "deadline.hpp"

namespace tailor::database {

/// What it takes to ask the server to stop what a session is at: PQgetCancel()'s.
using Cancellation = std::unique_ptr<PGcancel, decltype(&PQfreeCancel)>;

/// Asks, and awaits that the server has heard it, or cannot be asked. False when that is not known by the
/// deadline: it may hear it at any later time.
bool send(Cancellation cancellation, Deadline deadline);

}  // namespace tailor::database
