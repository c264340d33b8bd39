#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace tailor {

/// Reports the switches between a thread's stack and a fiber's to the sanitizer that the program is built
/// with. Without the reports AddressSanitizer takes a throw in a fiber for stack corruption, and
/// ThreadSanitizer mixes up call stacks. Empty in an ordinary build. Always inlined, because ThreadSanitizer
/// counts calls and returns by stack.
class StackSwitches {
 public:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::size_t kStackFactor = 4;  // what the sanitizer needs more of

  void set_stack(void* lowest, std::size_t size) {
    fiber_stack_ = lowest;
    fiber_size_ = size;
  }
  /// Memory that a stack was mapped at comes back as something else: what marked its frames must go.
  static void release_stack(void* lowest, std::size_t size) {
    __asan_unpoison_memory_region(lowest, size);
  }

  void before_creation() {}
  void after_creation() {}
  void before_resume() {
    __sanitizer_start_switch_fiber(&thread_fake_, fiber_stack_, fiber_size_);
  }
  void after_resume(bool /*ended*/) {
    __sanitizer_finish_switch_fiber(thread_fake_, nullptr, nullptr);
  }
  void on_entry() {
    __sanitizer_finish_switch_fiber(fiber_fake_, &thread_stack_, &thread_size_);
  }
  void before_suspend() {
    __sanitizer_start_switch_fiber(&fiber_fake_, thread_stack_, thread_size_);
  }
  void before_end() {
    __sanitizer_start_switch_fiber(nullptr, thread_stack_, thread_size_);
  }

 private:
  void* fiber_stack_ = nullptr;
  std::size_t fiber_size_ = 0;
  const void* thread_stack_ = nullptr;
  std::size_t thread_size_ = 0;
  void* thread_fake_ =
      nullptr;  // the frames that the sanitizer keeps elsewhere, to see their use after return
  void* fiber_fake_ = nullptr;

#elif defined(__SANITIZE_THREAD__)
  static constexpr std::size_t kStackFactor = 4;

  StackSwitches() = default;
  StackSwitches(const StackSwitches&) = delete;
  StackSwitches& operator=(const StackSwitches&) = delete;
  ~StackSwitches() {
    __tsan_destroy_fiber(fiber_);
  }

  void set_stack(void* /*lowest*/, std::size_t /*size*/) {}
  static void release_stack(void* /*lowest*/, std::size_t /*size*/) {}

  [[gnu::always_inline]] void before_creation() {
    before_resume();
  }
  [[gnu::always_inline]] void after_creation() {
    __tsan_switch_to_fiber(thread_, 0);
  }
  [[gnu::always_inline]] void before_resume() {
    thread_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber_, 0);
  }
  // The last frames of a fiber return after before_end(): they are the fiber's until its stack is gone.
  [[gnu::always_inline]] void after_resume(bool ended) {
    if (ended) __tsan_switch_to_fiber(thread_, 0);
  }
  void on_entry() {}
  [[gnu::always_inline]] void before_suspend() {
    __tsan_switch_to_fiber(thread_, 0);
  }
  void before_end() {}

 private:
  void* const fiber_ = __tsan_create_fiber(0);
  void* thread_ = nullptr;

#else
  static constexpr std::size_t kStackFactor = 1;

  void set_stack(void* /*lowest*/, std::size_t /*size*/) {}
  static void release_stack(void* /*lowest*/, std::size_t /*size*/) {}
  void before_creation() {}
  void after_creation() {}
  void before_resume() {}
  void after_resume(bool /*ended*/) {}
  void on_entry() {}
  void before_suspend() {}
  void before_end() {}
#endif
};

}  // namespace tailor
