// GEOSEARCH in a closed loop, one blocking connection a client, as pgbench works. Prints a line of JSON.
// usage: redis_search SOCKET KEY CENTRES_FILE KM COUNT CLIENTS SECONDS WARMUP_SECONDS     (COUNT 0: all)
#include <hiredis/hiredis.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "latencies.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Centre {
  std::string lat, lng;
};

struct Plan {
  std::string socket, key, km, count;
  std::vector<Centre> centres;
  Seconds measure, warm_up;
};

struct Result {
  Latencies latencies;
  std::size_t members = 0;
  std::string error;
};

// hiredis parses the reply, but makes no object of each of its members: their cost would be taken for
// Redis's. What it gets in their place is the number of members plus one, or null for a reply that is an
// error.
void* as_reply(std::size_t number) {
  return reinterpret_cast<void*>(number + 1);
}

redisReplyObjectFunctions counting() {
  redisReplyObjectFunctions functions{};
  functions.createString = [](const redisReadTask* task, char*, std::size_t) {
    return task->type == REDIS_REPLY_ERROR ? nullptr : as_reply(0);
  };
  functions.createArray = [](const redisReadTask*, auto members) {
    return as_reply(static_cast<std::size_t>(members));
  };
  functions.createInteger = [](const redisReadTask*, long long) { return as_reply(0); };
  functions.createNil = [](const redisReadTask*) { return as_reply(0); };
  functions.freeObject = [](void*) {};
  return functions;
}

std::size_t search(redisContext* context, const Plan& plan, const Centre& centre) {
  std::vector<const char*> words{"GEOSEARCH",
                                 plan.key.c_str(),
                                 "FROMLONLAT",
                                 centre.lng.c_str(),
                                 centre.lat.c_str(),
                                 "BYRADIUS",
                                 plan.km.c_str(),
                                 "km",
                                 "ASC"};
  if (plan.count != "0") words.insert(words.end(), {"COUNT", plan.count.c_str()});
  void* reply = redisCommandArgv(context, static_cast<int>(words.size()), words.data(), nullptr);
  if (reply == nullptr)
    throw std::runtime_error(context->err != 0 ? context->errstr : "Redis answered with an error");
  return reinterpret_cast<std::size_t>(reply) - 1;
}

Result run(const Plan& plan, std::size_t first) {
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnectUnix(plan.socket.c_str()),
                                                                    redisFree);
  if (!context || context->err != 0) throw std::runtime_error("cannot connect to " + plan.socket);
  static redisReplyObjectFunctions functions = counting();
  context->reader->fn = &functions;
  Result result;
  const auto start = Clock::now() + std::chrono::duration_cast<Clock::duration>(plan.warm_up);
  const auto end = start + std::chrono::duration_cast<Clock::duration>(plan.measure);
  for (auto now = Clock::now(); now < end; ++first) {
    const auto sent = now;
    const std::size_t members = search(context.get(), plan, plan.centres[first % plan.centres.size()]);
    now = Clock::now();
    if (sent < start) continue;
    result.latencies.add(Seconds(now - sent).count() * 1e3);
    result.members += members;
  }
  return result;
}

std::vector<Centre> read_centres(const std::string& path) {
  std::ifstream file(path);
  std::vector<Centre> centres;
  for (Centre centre; file >> centre.lat >> centre.lng;) centres.push_back(centre);
  if (centres.empty()) throw std::runtime_error("no centres in " + path);
  return centres;
}

void run_all(const Plan& plan, std::size_t clients) {
  std::vector<Result> results(clients);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      try {
        results[i] = run(plan, i * plan.centres.size() / clients);
      } catch (const std::exception& error) {
        results[i].error = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Result all;
  for (const Result& result : results) {
    if (!result.error.empty()) throw std::runtime_error(result.error);
    all.latencies.add(result.latencies);
    all.members += result.members;
  }
  const auto count = static_cast<double>(all.latencies.count());
  std::printf(R"({"tps": %.1f, "mean_ms": %.4f, "p50_ms": %.4f, "p99_ms": %.4f, "members": %.1f})"
              "\n",
              count / plan.measure.count(), all.latencies.mean(), all.latencies.quantile(0.5),
              all.latencies.quantile(0.99), static_cast<double>(all.members) / count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) return std::fputs("usage: see the source's first lines\n", stderr), 2;
  try {
    run_all({argv[1], argv[2], argv[4], argv[5], read_centres(argv[3]), Seconds(std::stod(argv[7])),
             Seconds(std::stod(argv[8]))},
            std::stoul(argv[6]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "redis_search: %s\n", error.what());
    return 1;
  }
}
