// Remembers where in an index keys were found, so that the next search for a key need not descend the tree.
// Places are hints: they are returned by value, contain no pointer, and each use verifies that the key is
// still there.
#pragma once

#include "src/index/session_table.hpp"
#include "src/postgres.hpp"
#include "src/session_limits.hpp"

extern "C" {
#include "common/hashfn.h"
#include "storage/block.h"
#include "storage/buf.h"
#include "storage/off.h"
}

namespace tailor {

/// An entry of a leaf page, and the buffer that held the page.
struct Place {
  BlockNumber block;
  Buffer buffer;
  OffsetNumber offset;
  uint16 byte;  // of the page, where the entry's bytes begin
};

/// The places of recent keys of all indexes, one for each hash, for the session's duration.
class PlaceMemory {
 public:
  /// The hash of a key in an index, which is identified by its file number: REINDEX changes it.
  static uint64 hash(const char* key, int length, Oid storage) {
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(key), length, storage);
  }

  /// The key's probable place; its buffer is invalid if none is remembered.
  static Place find(uint64 hash) {
    const Slot& slot = slots.at(hash);
    return slot.tag == tag(hash) ? slot.place : Place{InvalidBlockNumber, InvalidBuffer, 0, 0};
  }

  static void prefetch(uint64 hash) { __builtin_prefetch(&slots.at(hash)); }

  static void keep(uint64 hash, const Place& place) { slots.at(hash) = {place, tag(hash)}; }

 private:
  struct Slot {
    Place place;
    uint32 tag;  // 0: empty
  };

  static uint32 tag(uint64 hash) { return static_cast<uint32>(hash >> 32) | 1; }

  inline static SessionTable<Slot, kRememberedPlaces> slots;
};

}  // namespace tailor
