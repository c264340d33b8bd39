#pragma once

#include <poll.h>

#include <span>

#include "base/deadline.hpp"

namespace tailor {

/// Resumed work runs before new requests: otherwise an overloaded server would finish none. A fiber that
/// waits for a new request has read everything received so far, and is woken by what comes after.
enum class Priority { resume, new_request };

/// Like poll(2), and also returns when the waker of the calling fiber or thread is called. Other fibers run
/// meanwhile, so everything that may block must wait through this. May return with nothing ready. Throws
/// std::system_error.
void poll(std::span<pollfd> descriptors, Deadline deadline, Priority priority = Priority::resume);

/// To be called before a descriptor is closed that a fiber has waited for with Priority::new_request.
void deregister(int descriptor);

/// When the event of the last wait occurred. The fiber itself may have resumed later.
Clock::time_point wait_ended();

/// Lets the other ready fibers run first. Does nothing in a thread outside an event loop.
void yield();

}  // namespace tailor
