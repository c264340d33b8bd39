// Users with a think time, all in one thread. Prints a line of JSON.
// usage: users PORT TARGETS_FILE USERS SECONDS WARMUP_SECONDS TIMEOUT_SECONDS SEED [THINK_SECONDS [awake]]
// awake: never sleeps, so that no answer has to wake it, which on one machine is the server's work.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "user.hpp"

namespace {

using Users = std::vector<std::unique_ptr<User>>;

std::vector<std::string> read_lines(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error(std::string("nothing in ") + path);
  return lines;
}

Clock::time_point after(Clock::time_point start, double seconds) {
  return start + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
}

// Events at once, clocks every millisecond.
void run_until(Clock::time_point end, int epoll, int sleep, const Users& users, Tally& tally) {
  std::array<epoll_event, 256> events;
  auto next_tick = Clock::now();
  for (auto now = next_tick; now < end; now = Clock::now()) {
    if (now >= next_tick) {
      for (const auto& user : users) user->tick(now, tally);
      next_tick = now + std::chrono::milliseconds(1);
    }
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), sleep);
    now = Clock::now();
    for (int i = 0; i < count; ++i) {
      static_cast<User*>(events[static_cast<std::size_t>(i)].data.ptr)->on_event(now, tally);
    }
  }
}

void print(Tally& tally, double seconds) {
  std::printf(
      R"({"answers": %zu, "rate": %.1f, "timeouts": %zu, "errors": %zu, "not_2xx": %zu, "cache_hits": %zu, )"
      R"("mean_ms": %.2f, "p50_ms": %.2f, "p99_ms": %.2f, "max_ms": %.2f, )"
      R"("refusals": %zu, "refusal_p50_ms": %.2f, "refusal_p99_ms": %.2f})"
      "\n",
      tally.latencies.count(), static_cast<double>(tally.latencies.count()) / seconds, tally.timeouts,
      tally.errors, tally.not_2xx, tally.cache_hits, tally.latencies.mean(), tally.latencies.quantile(0.5),
      tally.latencies.quantile(0.99), tally.latencies.quantile(1), tally.refusals.count(),
      tally.refusals.quantile(0.5), tally.refusals.quantile(0.99));
}

void run(int argc, char** argv) {
  const Seconds think(argc > 8 ? std::stod(argv[8]) : 1);
  const int sleep = argc > 9 ? 0 : 1;  // milliseconds at most
  const Plan plan{std::stoi(argv[1]), Seconds(std::stod(argv[6])), read_lines(argv[2]), think};
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const auto seed = static_cast<unsigned>(std::stoul(argv[7]));
  Users users;
  for (unsigned i = 0; i < std::stoul(argv[3]); ++i)
    users.push_back(std::make_unique<User>(plan, epoll, seed * 7919 + i));
  const double seconds = std::stod(argv[4]);
  const auto start = after(Clock::now(), std::stod(argv[5]));
  Tally warm_up;
  run_until(start, epoll, sleep, users, warm_up);
  Tally tally;
  run_until(after(start, seconds), epoll, sleep, users, tally);
  print(tally, seconds);
  users.clear();
  close(epoll);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8 || argc > 10 || (argc == 10 && std::string_view{argv[9]} != "awake"))
    return std::fputs("usage: see the source's first lines\n", stderr), 2;
  try {
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "users: %s\n", error.what());
    return 1;
  }
}
