// Scans an index through PostgreSQL's public access methods, for every release.
#pragma once

#include "src/index/scan.hpp"

namespace tailor {

IndexScan* open_am_scan(const ScanTarget& target);

}  // namespace tailor
