// Scans an index by PostgreSQL's public access methods: right on every release.
#pragma once

#include "src/index/scan.hpp"

namespace tailor {

IndexScan* open_am_scan(const ScanTarget& target);

}  // namespace tailor
