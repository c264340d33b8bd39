#include "http/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "base/log.hpp"
#include "http/date.hpp"
#include "http/problem.hpp"

namespace tailor::http {
namespace {

constexpr std::chrono::seconds kIdle{1};  // the longest round of the accept loop
constexpr int kBacklog = 1024;  // cpp-httplib's 5 costs a second of SYN retries when many connect at once

// The request that the running fiber has just begun to answer. Only read before the fiber waits.
struct Exchange {
  const Arrival arrival;
  bool close;
};
thread_local Exchange* current_exchange = nullptr;

EventLoops event_loops(const ServerSettings& settings) {
  const bool api = settings.listener == metrics::Listener::api;
  EventLoops loops;
  for (int i = 0; i < settings.threads; ++i)
    loops.push_back(std::make_unique<EventLoop>(api ? "serve:api" : "serve:admin"));
  return loops;
}

// Counts a connection while this lives.
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
      waits_(metrics.evicted),
      watchdog_(kIdle),
      loops_(event_loops(settings_)),
      keep_alive_("timeout=" + std::to_string(settings_.keep_alive_timeout)) {
  new_task_queue = [this] {
    return new ConnectionFibers(static_cast<std::size_t>(settings_.max_connections), loops_, waits_,
                                watchdog_);
  };
  set_idle_interval(kIdle);
  // Without SO_REUSEPORT, which would let a forgotten second instance share the port unnoticed.
  set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  set_handlers();
  bind();
}

Server::~Server() {
  stop();
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
    if (!stopping_) ended();
  });
  while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Server::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  waits_.end_idle();
  // Not httplib::Server::stop(), after which cpp-httplib omits the bodies of the answers in progress.
  shutdown(svr_sock_, SHUT_RDWR);
  thread_.join();
}

bool Server::accepts(Seconds longest_request) const {
  return watchdog_.is_responsive(longest_request) &&
         std::ranges::all_of(loops_, [](const auto& loop) { return loop->is_responsive(); });
}

bool Server::process_and_close_socket(socket_t socket) {
  const Counted counted(metrics_, settings_.listener);
  const auto place = address_limit_.enter(peer_address(socket));
  Connection connection(socket, {.idle = Seconds{settings_.keep_alive_timeout}}, waits_);
  if (!place) connection.refuse(faults::kTooManyConnections);
  try {
    while (!place || connection.next_request()) {
      if (answer(connection)) continue;
      connection.linger();
      break;
    }
  } catch (const std::exception& error) {
    log::error("connection_failed").with("reason", error.what());
  }
  return true;
}

// True when the connection stays open.
bool Server::answer(Connection& connection) {
  const GuardedHead& head = connection.head();
  Exchange exchange{{head.fault, connection.received_at(), connection.descriptor()}, head.close};
  AnswerStream stream(connection);
  current_exchange = &exchange;
  process(stream, [&head](httplib::Request& request) {
    request.target = head.target;
    request.path = head.target.substr(0, head.target.find('?'));
    request.headers = head.fields;
  });
  return stream.finish() && !exchange.close;
}

// cpp-httplib is asked to close: set_handlers() says when not. Its parameters depend on its release.
bool Server::process(AnswerStream& stream, const std::function<void(httplib::Request&)>& setup) {
  bool closed = false;
  const auto call = [&](auto& server) {
    if constexpr (requires { server.process_request(stream, true, closed, setup); })
      return server.process_request(stream, true, closed, setup);
    else
      return server.process_request(stream, {}, 0, {}, 0, true, closed, setup);
  };
  return call(*this);
}

void Server::set_handlers() {
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    handle(request, response);
    return HandlerResponse::Handled;
  });
  // What cpp-httplib adds, and this server does not promise or HTTP does not allow.
  set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
    response.headers.erase("Accept-Ranges");
    if (response.status == 204 || response.status == 304) response.headers.erase("Content-Length");
    if (!response.has_header("Keep-Alive")) return;
    response.headers.erase("Connection");
    response.set_header("Connection", "keep-alive");
  });
}

void Server::handle(const httplib::Request& request, httplib::Response& response) {
  Exchange& exchange = *current_exchange;
  response.status = 200;
  try {
    handler_(request, response, exchange.arrival);
  } catch (...) {
    problem_of(std::current_exception()).write_to(response);
  }
  exchange.close = exchange.close || draining_ || stopping_;
  if (!exchange.close) response.set_header("Keep-Alive", keep_alive_);
  response.set_header("Date", std::string{current_http_date()});
}

}  // namespace tailor::http
