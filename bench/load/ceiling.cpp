// The ceiling: cpp-httplib answering every request with the bytes of a file. usage: ceiling PORT FILE
#include <httplib.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>

namespace {

constexpr int kBacklog = 1024;          // as our front end's; cpp-httplib's own 5 costs SYN retries
constexpr std::size_t kThreads = 1100;  // a connection keeps a thread: more than connections are ever opened

class Server : public httplib::Server {
 public:
  bool bind(int port) { return bind_to_port("127.0.0.1", port) && ::listen(svr_sock_, kBacklog) == 0; }
};

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int serve(int port, const std::string& body) {
  Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1u << 30);
  server.set_pre_routing_handler([&body](const httplib::Request&, httplib::Response& response) {
    response.set_content(body, "application/json");
    return httplib::Server::HandlerResponse::Handled;
  });
  if (!server.bind(port) || !server.listen_after_bind()) {
    std::fprintf(stderr, "ceiling: cannot serve on port %d\n", port);
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: ceiling PORT FILE\n", stderr), 2;
  try {
    return serve(std::stoi(argv[1]), read_file(argv[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ceiling: %s\n", error.what());
    return 1;
  }
}
