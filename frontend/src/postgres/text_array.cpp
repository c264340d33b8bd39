#include "postgres/text_array.hpp"

namespace tailor::postgres {

std::string text_array(const std::vector<std::string>& elements) {
  std::string literal = "{";
  for (const std::string& element : elements) {
    literal += literal.size() > 1 ? ",\"" : "\"";
    for (const char c : element) {
      if (c == '"' || c == '\\') literal += '\\';
      literal += c;
    }
    literal += '"';
  }
  return literal += '}';
}

std::vector<std::string> text_array_elements(std::string_view literal) {
  std::vector<std::string> elements;
  bool quoted = false;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    const char c = literal[i];
    if (c == '"') {
      quoted = !quoted;
      if (quoted) elements.emplace_back();
    } else if (quoted) {
      elements.back() += c == '\\' ? literal[++i] : c;
    }
  }
  return elements;
}

}  // namespace tailor::postgres
