#pragma once

#include <memory>

namespace tailor {

/// Ends one fiber's or thread's wait, or the next one if it does not wait now. For any thread to call, also
/// when who it would wake has ended.
class Waker {
 public:
  Waker() = default;
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  virtual ~Waker() = default;

  virtual void wake() = 0;
};

/// Of the calling fiber, or thread where it is none.
std::shared_ptr<Waker> own_waker();

}  // namespace tailor
