// Searches, caches and changes at once, without HTTP, to see how old an answer can be: three instances, each
// with a listener, a change log and a cache of its own, and one store that they share, as Redis is. Writers
// count every tailor, its user and its work upwards, and move it to and fro. What a reader gets must not be
// older than what was committed before it asked. Prints as JSON how old the oldest was, and what was used.
//
// It runs for so many seconds, until its standard input ends, and until there was enough of everything.
//
//   DATABASE_URL=… freshness-check SECONDS HEARTBEAT

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "base/log.hpp"
#include "cache/change_log.hpp"
#include "config/database_url.hpp"
#include "notifications/listener.hpp"

namespace {

using namespace tailor;
using cache::ChangeLog;
using cache::Dependencies;
using postgres::Connection;
using postgres::ConnectionSettings;

constexpr int kTailors = 6;
constexpr std::array kPlaces{cache::Point{10, 10}, cache::Point{10, 10.5}};  // 55 km
constexpr double kRadiusKm = 5;
constexpr std::chrono::milliseconds kPause{4000};  // as old is an answer that has missed a change
constexpr long kEnough = 10;

Deadline soon() {
  return after(Seconds{30});
}

int random_below(int bound) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<>(0, bound - 1)(random);
}

void dawdle() {
  if (random_below(2) == 0) std::this_thread::sleep_for(std::chrono::milliseconds{random_below(150)});
}

// Where a tailor is when it has been counted up to n.
std::size_t place_of(std::size_t n) {
  return n / 5 % kPlaces.size();
}

// When each count of a tailor was known to be committed.
class Counts {
 public:
  void committed(Deadline when) {
    const std::lock_guard lock(mutex_);
    times_.push_back(when);
  }

  // How long before `asked` the count `seen` had been replaced; 0 if it had not.
  Seconds age(std::size_t seen, Deadline asked) const {
    const std::lock_guard lock(mutex_);
    return seen + 1 < times_.size() ? std::max(Seconds{0}, Seconds{asked - times_[seen + 1]}) : Seconds{0};
  }

  // The same for an answer that does not show the tailor at that place: the latest count elsewhere.
  Seconds age_elsewhere(std::size_t place, Deadline asked) const {
    std::size_t count = 0;
    {
      const std::lock_guard lock(mutex_);
      count = times_.size();  // the next one may be committed already
    }
    while (count > 0 && place_of(count) == place) --count;
    return age(count, asked);
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Deadline> times_{Clock::now()};  // 0: from the beginning
};

struct Tailor {
  Counts row, user, work;
};

struct Answer {
  std::string body;
  std::string snapshot;
  Dependencies dependencies;
};

struct Statistics {
  std::atomic<long> own{0}, shared{0}, computed{0}, notifications_down{0}, changes{0}, oldest_ms{0};
};

std::array<Tailor, kTailors> tailors;
Statistics statistics;
std::atomic<bool> ended = false;

// What all instances share.
class Store {
 public:
  std::shared_ptr<const Answer> find(int key) {
    const std::lock_guard lock(mutex_);
    return answers_[key];
  }
  void keep(int key, std::shared_ptr<const Answer> answer) {
    const std::lock_guard lock(mutex_);
    answers_[key] = std::move(answer);
  }

 private:
  std::mutex mutex_;
  std::map<int, std::shared_ptr<const Answer>> answers_;
};

Store store;

// Keys: the places, then the tailors by id.
class Instance {
 public:
  Instance(const ConnectionSettings& settings, Seconds heartbeat)
      : listener_({settings, heartbeat}, change_log_, metrics_) {}

  std::shared_ptr<const Answer> get(int key, Connection& connection, const std::string& schema) {
    if (!change_log_.listening()) {
      ++statistics.notifications_down;
      return compute(key, connection, schema);
    }
    const auto begun = change_log_.now();
    if (auto own = find(key)) return ++statistics.own, own;
    if (auto shared = store.find(key)) {
      const auto snapshot = cache::parse_snapshot(shared->snapshot);
      if (snapshot && change_log_.current(*snapshot, shared->dependencies)) {
        keep(key, begun, shared);
        return ++statistics.shared, shared;
      }
    }
    dawdle();
    auto answer = compute(key, connection, schema);
    dawdle();
    ++statistics.computed;
    keep(key, begun, answer);
    store.keep(key, answer);
    return answer;
  }

 private:
  struct Entry {
    ChangeLog::Position begun;
    std::shared_ptr<const Answer> answer;
  };

  std::shared_ptr<const Answer> find(int key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() ||
        !change_log_.current(found->second.begun, found->second.answer->dependencies))
      return nullptr;
    return found->second.answer;
  }

  void keep(int key, ChangeLog::Position begun, std::shared_ptr<const Answer> answer) {
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(key, Entry{begun, std::move(answer)});
  }

  static std::shared_ptr<const Answer> compute(int key, Connection& connection, const std::string& schema) {
    Answer answer;
    std::string call;
    if (key < static_cast<int>(kPlaces.size())) {
      const auto& place = kPlaces[static_cast<std::size_t>(key)];
      answer.dependencies = {.tailor = {}, .centre = place, .radius_km = kRadiusKm, .unlocated = false};
      call = "tailor_search_page(" + std::to_string(place.latitude) + ", " + std::to_string(place.longitude) +
             ", " + std::to_string(kRadiusKm) + ")";
    } else {
      answer.dependencies.tailor = "t" + std::to_string(key - static_cast<int>(kPlaces.size()));
      call = "tailor_by_id_page('" + answer.dependencies.tailor + "')";
    }
    const auto row =
        connection.execute("SELECT page.json, pg_catalog.pg_current_snapshot(), page.shown FROM " + schema +
                               "." + call + " AS page",
                           {}, soon());
    answer.body = PQgetvalue(row.get(), 0, 0);
    answer.snapshot = PQgetvalue(row.get(), 0, 1);
    answer.dependencies.shown = PQgetvalue(row.get(), 0, 2);
    return std::make_shared<const Answer>(std::move(answer));
  }

  metrics::Metrics metrics_;
  ChangeLog change_log_;
  notifications::Listener listener_;
  std::mutex mutex_;
  std::map<int, Entry> entries_;
};

Seconds age_of(const nlohmann::json& row, Deadline asked) {
  const Tailor& tailor = tailors[std::stoul(row.at("id").get<std::string>().substr(1))];
  const auto count = [](const nlohmann::json& text) { return std::stoul(text.get<std::string>()); };
  return std::max({tailor.row.age(row.at("rating").get<std::size_t>(), asked),
                   tailor.user.age(count(row.at("user").at("name")), asked),
                   tailor.work.age(count(row.at("sampleWorks").at(0).at("description")), asked)});
}

Seconds age_of(int key, const Answer& answer, Deadline asked) {
  const auto data = nlohmann::json::parse(answer.body).at("data");
  if (!data.is_array()) return age_of(data, asked);
  Seconds oldest{0};
  std::array<bool, kTailors> there{};
  for (const auto& row : data) {
    oldest = std::max(oldest, age_of(row, asked));
    there.at(std::stoul(row.at("id").get<std::string>().substr(1))) = true;
  }
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (!there[i])
      oldest = std::max(oldest, tailors[i].row.age_elsewhere(static_cast<std::size_t>(key), asked));
  }
  return oldest;
}

void read(Instance& instance, const ConnectionSettings& settings) {
  tailor::postgres::Hosts hosts(tailor::postgres::libpq_parameters(settings));
  Connection connection(settings, hosts);
  const std::string schema = connection.extension(soon()).schema;
  while (!ended) {
    const int key = random_below(static_cast<int>(kPlaces.size()) + kTailors);
    const auto asked = Clock::now();
    const auto answer = instance.get(key, connection, schema);
    const auto age =
        std::chrono::duration_cast<std::chrono::milliseconds>(age_of(key, *answer, asked)).count();
    long oldest = statistics.oldest_ms;
    while (age > oldest && !statistics.oldest_ms.compare_exchange_weak(oldest, age)) {
    }
    std::this_thread::sleep_for(std::chrono::microseconds{500});
  }
}

// Counts up a tailor's row, its user's or its work's: `what`.
void count_up(Connection& connection, std::size_t tailor, std::size_t what, std::size_t n) {
  const auto& place = kPlaces[place_of(n)];
  const std::array<std::string, 3> statements{"UPDATE \"Tailor\" SET rating = " + std::to_string(n) +
                                                  ", latitude = " + std::to_string(place.latitude) +
                                                  ", longitude = " + std::to_string(place.longitude),
                                              "UPDATE \"User\" SET name = " + std::to_string(n),
                                              "UPDATE \"SampleWork\" SET description = " + std::to_string(n)};
  const std::array<const char*, 3> ids{"t", "u", "w"};
  connection.execute(statements[what] + " WHERE id = '" + ids[what] + std::to_string(tailor) + "'", {},
                     soon());
  const std::array<Counts*, 3> of{&tailors[tailor].row, &tailors[tailor].user, &tailors[tailor].work};
  of[what]->committed(Clock::now());
  ++statistics.changes;
}

// Alone with every other tailor, so that counts go up one by one. In bursts: what an answer has missed is not
// covered up by the next change, but shows in the pause after.
void write(const ConnectionSettings& settings, std::size_t first) {
  tailor::postgres::Hosts hosts(tailor::postgres::libpq_parameters(settings));
  Connection connection(settings, hosts);
  std::array<std::array<std::size_t, 3>, kTailors> counts{};
  while (!ended) {
    for (int round = 0; round < 4; ++round) {
      for (std::size_t i = first; i < kTailors; i += 2) {
        const auto what = static_cast<std::size_t>(random_below(3));
        count_up(connection, i, what, ++counts[i][what]);
        std::this_thread::sleep_for(std::chrono::milliseconds{random_below(40)});
      }
    }
    for (const Deadline end = after(kPause); !ended && Clock::now() < end;)
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

bool enough() {
  return std::min({statistics.own.load(), statistics.shared.load(), statistics.computed.load(),
                   statistics.changes.load()}) > kEnough;
}

void run(const ConnectionSettings& settings, Seconds seconds, Seconds heartbeat) {
  std::array<std::unique_ptr<Instance>, 3> instances;
  for (auto& instance : instances) instance = std::make_unique<Instance>(settings, heartbeat);
  std::vector<std::thread> threads;
  threads.reserve(2 * instances.size() + 2);
  for (std::size_t i = 0; i < 2 * instances.size(); ++i)
    threads.emplace_back(read, std::ref(*instances[i % instances.size()]), settings);
  for (std::size_t i = 0; i < 2; ++i) threads.emplace_back(write, settings, i);
  std::this_thread::sleep_for(seconds);
  while (std::getchar() != EOF) {
  }
  for (const Deadline end = after(Seconds{60}); !enough() && Clock::now() < end;)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  ended = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    log::start("info", "text");
    ConnectionSettings settings;
    settings.parameters = config::parse_database_url(std::getenv("DATABASE_URL")).parameters;
    run(settings, Seconds{std::atof(argv[1])}, Seconds{std::atof(argv[2])});
    const nlohmann::json result{{"own", statistics.own.load()},
                                {"shared", statistics.shared.load()},
                                {"computed", statistics.computed.load()},
                                {"notifications_down", statistics.notifications_down.load()},
                                {"changes", statistics.changes.load()},
                                {"oldest_ms", statistics.oldest_ms.load()}};
    std::puts(result.dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "freshness-check: %s\n", error.what());
    return 1;
  }
}
