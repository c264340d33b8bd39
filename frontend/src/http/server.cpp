#include "http/server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "http/connection_threads.hpp"
#include "http/date.hpp"
#include "http/problem.hpp"
#include "log.hpp"

namespace tailor::http {
namespace {

constexpr std::chrono::seconds kIdle{1};  // a round of accepting at most
constexpr int kBacklog = 1024;  // cpp-httplib's 5 costs a second of SYN retries when many connect at once

// Whose request this thread is handing to cpp-httplib, which has no place to carry it.
thread_local const Connection* current = nullptr;

// From the target as it was sent: cpp-httplib's own decoding is lenient and drops repeated parameters.
Request to_request(const httplib::Request& request, const RequestHead& head, int client) {
  const std::string_view target = request.target;
  const std::size_t question = std::min(target.find('?'), target.size());
  const std::size_t query = std::min(question + 1, target.size());
  return {request.method, target.substr(0, question), target.substr(query), head, client};
}

// Counts a connection for as long as it lives.
class Counted {
 public:
  Counted(metrics::Metrics& metrics, metrics::Listener listener) : open_(metrics.connections_open[listener]) {
    metrics.connections[listener].Increment();
    open_.Increment();
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { open_.Decrement(); }

 private:
  metrics::Gauge& open_;
};

}  // namespace

Server::Server(ServerSettings settings, Handler handler, metrics::Metrics& metrics)
    : settings_(std::move(settings)),
      handler_(std::move(handler)),
      metrics_(metrics),
      address_limit_(settings_.address_limit),
      waits_(metrics.displaced),
      pulse_(kIdle),
      stop_event_(eventfd(0, EFD_CLOEXEC)) {
  new_task_queue = [this] {
    return new ConnectionThreads(static_cast<std::size_t>(settings_.max_connections), waits_, pulse_);
  };
  set_idle_interval(kIdle);
  set_keep_alive_timeout(settings_.keep_alive_timeout);
  // Before cpp-httplib's own routing: its patterns are std::regex, and it reads bodies.
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    answer(to_request(request, current->head(), current->descriptor()), response);
    return HandlerResponse::Handled;
  });
  // What cpp-httplib itself refuses takes the same way.
  set_error_handler(
      httplib::Server::Handler([this](const httplib::Request& request, httplib::Response& response) {
        if (!response.body.empty()) return;
        const RequestHead refused = refused_head(RequestHead::Verdict::malformed);
        answer(to_request(request, refused, current->descriptor()), response);
      }));
  // cpp-httplib also announces a number of requests, which is not limited here; ranges, which are not served;
  // and for a 304 that the answer's body is empty.
  set_post_routing_handler([this](const httplib::Request&, httplib::Response& response) {
    response.set_header("Date", http_date(std::time(nullptr)));
    response.headers.erase("Accept-Ranges");
    if (response.status == 304) response.headers.erase("Content-Length");
    if (response.headers.erase("Keep-Alive") == 0) return;
    response.set_header("Keep-Alive", "timeout=" + std::to_string(settings_.keep_alive_timeout));
  });
  // Without SO_REUSEPORT, which would let a forgotten second instance share the port unnoticed.
  set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  bind();
}

Server::~Server() {
  stop();
  close(stop_event_);
}

void Server::bind() {
  errno = 0;
  const bool any = settings_.port == 0;
  port_ = any ? bind_to_any_port(settings_.address) : settings_.port;
  const bool bound = any ? port_ > 0 : bind_to_port(settings_.address, settings_.port);
  if (!bound || ::listen(svr_sock_, kBacklog) != 0) {
    throw std::runtime_error("cannot listen on " + settings_.address + " port " +
                             std::to_string(settings_.port) + ": " +
                             (errno != 0 ? std::strerror(errno) : "not an address of this machine"));
  }
}

void Server::start(std::function<void()> ended) {
  thread_ = std::thread([this, ended = std::move(ended)] {
    const bool api = settings_.listener == metrics::Listener::api;
    pthread_setname_np(pthread_self(), api ? "accept:api" : "accept:admin");  // for top -H, gdb and a test
    try {
      listen_after_bind();
    } catch (const std::exception& error) {
      log::error("server_failed").with("reason", error.what());
    }
    if (!stopping()) ended();
  });
  while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Server::stop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_event_, 1);
  httplib::Server::stop();
  thread_.join();
}

bool Server::stopping() const {
  pollfd event{stop_event_, POLLIN, 0};
  return poll(&event, 1, 0) != 0;
}

bool Server::process_and_close_socket(socket_t socket) {
  const Counted counted(metrics_, settings_.listener);
  const auto place = address_limit_.enter(peer_address(socket));
  const Seconds io{5};
  Connection connection(socket, stop_event_,
                        {.idle = Seconds{settings_.keep_alive_timeout}, .read = io, .write = io}, waits_);
  if (!place) connection.refuse(RequestHead::Verdict::too_many_connections);
  try {
    while (!place || connection.next_request()) {
      if (process_one(connection)) continue;
      connection.linger();
      break;
    }
  } catch (const std::exception& error) {
    log::error("connection_failed").with("reason", error.what());
  }
  return true;
}

// True when the connection is to be kept.
bool Server::process_one(Connection& connection) {
  const bool close = connection.head().close || draining_ || stopping();
  current = &connection;
  bool closed = false;
#if defined(CPPHTTPLIB_VERSION_NUM)
  const bool processed = process_request(connection, "", 0, "", 0, close, closed, nullptr);
#else
  const bool processed = process_request(connection, close, closed, nullptr);
#endif
  return connection.send() && processed && !close && !closed;
}

void Server::answer(const Request& request, httplib::Response& response) const {
  try {
    response.status = 200;
    handler_(request, response);
  } catch (...) {
    problem_of(std::current_exception()).write_to(response);
  }
}

}  // namespace tailor::http
