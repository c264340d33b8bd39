#pragma once

#include <memory>

namespace tailor {

/// Ends the wait of one fiber or thread, or its next wait if it is not waiting. Any thread may call it, also
/// after that fiber has ended.
class Waker {
 public:
  Waker() = default;
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  virtual ~Waker() = default;

  virtual void wake() = 0;
};

/// The waker of the calling fiber, or of the calling thread outside a fiber.
std::shared_ptr<Waker> own_waker();

}  // namespace tailor
