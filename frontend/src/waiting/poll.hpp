#pragma once

#include <poll.h>

#include <span>

#include "deadline.hpp"

namespace tailor {

/// What whoever waits will do then. What is begun goes before what is new: else, under too much load, nothing
/// would be ended. Who waits to begin has read all that had come: he is told of what comes after that.
enum class Then { go_on, begin };

/// As poll(2), and also returns when the caller's waker is called. A fiber leaves its thread to others
/// meanwhile: all that may wait must wait by this. It may return for no reason, with nothing ready. Throws
/// std::system_error.
void poll(std::span<pollfd> descriptors, Deadline deadline, Then then = Then::go_on);

/// Before a fiber closes a descriptor for which it has waited to begin.
void forget(int descriptor);

/// When the caller's last wait ended: what it was for had come by then, though a fiber gets its thread only
/// when it is its turn.
Clock::time_point wait_ended();

/// Lets the fibers that can go on do so before the calling one. A thread just goes on.
void yield();

}  // namespace tailor
