#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "latencies.hpp"

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Plan {
  int port;
  Seconds timeout;
  std::vector<std::string> targets;  // of which every request takes one at random
  Seconds think;                     // between two requests, on average
};

// What was seen since measuring began.
struct Tally {
  Latencies latencies;  // of answers with status 200
  std::size_t timeouts = 0;
  std::size_t errors = 0;  // connections refused, reset or closed in the middle of an answer
  std::size_t not_2xx = 0;
  Latencies refusals;  // of answers with status 503, which are among them
  std::size_t cache_hits = 0;
};

// One user: thinks for half to one and a half of the plan's time, asks, waits for the answer or until the
// timeout, and thinks again. Keeps the connection while it lasts.
class User {
 public:
  User(const Plan& plan, int epoll, unsigned seed);
  ~User();
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  // Asks when it is time to, gives up when it is too late.
  void tick(Clock::time_point now, Tally& tally);

  // Takes what the kernel says of the connection.
  void on_event(Clock::time_point now, Tally& tally);

 private:
  enum class State { thinking, waiting };

  void think(Clock::time_point now);
  Clock::duration random_part(double least, double most);  // of the time to think
  void ask(Clock::time_point now, Tally& tally);
  bool connect();
  void disconnect();
  bool send();
  void receive(Clock::time_point now, Tally& tally);
  void take_answer(Clock::time_point now, Tally& tally);
  void give_up(Clock::time_point now, std::size_t& reason);

  const Plan& plan_;
  const int epoll_;
  std::minstd_rand random_;
  State state_ = State::thinking;
  Clock::time_point until_;  // thinking: the next question; waiting: the timeout
  Clock::time_point asked_;
  int socket_ = -1;
  std::string request_;  // what is left to send
  std::string answer_;   // what has come
};
