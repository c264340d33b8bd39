#pragma once

namespace tailor {

/// A flag that one thread sets and another polls together with sockets (an eventfd).
class Event {
 public:
  Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  void set() const;
  void clear() const;

  /// Readable while the event is set.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace tailor
