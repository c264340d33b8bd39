#include "postgres/options.hpp"

#include <algorithm>
#include <utility>

#include "postgres/error.hpp"

namespace tailor::postgres {
namespace {

// Splits at blanks as the server does; a backslash escapes the next character.
std::vector<std::string> words(std::string_view options) {
  std::vector<std::string> found;
  bool within = false;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const char c = options[i];
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (blank) {
      within = false;
      continue;
    }
    if (!std::exchange(within, true)) found.emplace_back();
    if (c != '\\') {
      found.back() += c;
    } else if (i + 1 < options.size()) {
      found.back() += options[++i];
    }
  }
  return found;
}

Setting setting_in(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  Setting setting{std::string{text.substr(0, equals)},
                  std::string{text.substr(std::min(equals + 1, text.size()))}};
  std::ranges::replace(setting.name, '-', '_');
  return setting;
}

}  // namespace

std::vector<Setting> settings_in_options(std::string_view options) {
  std::vector<Setting> settings;
  const auto all = words(options);
  for (auto word = all.begin(); word != all.end(); ++word) {
    if (*word == "-c" && word + 1 != all.end()) {
      settings.push_back(setting_in(*++word));
    } else if (word->starts_with("-c") || word->starts_with("--")) {
      settings.push_back(setting_in(std::string_view{*word}.substr(2)));
    } else if (word->starts_with("-")) {
      throw Error(Failure::unavailable,
                  "options asks for " + word->substr(0, 2) +
                      ", and whether a pooler passes that on cannot be checked: write it as -c name=value");
    }
  }
  return settings;
}

}  // namespace tailor::postgres
