// Scans a B-tree by reading its pages: faster than am_scan.cpp, for the releases whose pages are known.
#pragma once

#include "src/index/scan.hpp"

namespace tailor {

IndexScan* open_nbtree_scan(const ScanTarget& target);

}  // namespace tailor
