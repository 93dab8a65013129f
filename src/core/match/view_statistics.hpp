// TESTS ONLY. Does what one party sees look like uniform random bytes, whatever the secret was?
//
// Collect many views of equal size (a keeper's shares, a message on a link) for one secret, ask for
// the report; collect as many for a very different secret and compare. A view that depends on the
// secret, that repeats, that has constant parts or whose parts are related by XOR is caught; every
// test that uses this also feeds it a deliberately broken sharing. Feed it from a seeded generator:
// the verdict is then the same in every run.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"

namespace lightkeeper::match {

class ViewStatistics {
 public:
  /// All figures are standard deviations from what uniform independent bits would give.
  struct Report {
    std::size_t views = 0;
    bool equal_sizes = true;
    double worst_bit = 0;   // most biased bit position
    double worst_pair = 0;  // two bit positions that agree (or differ) most beyond chance
    double bytes = 0;       // chi-square over the 256 byte values, all positions together

    /// False for too few views. Limits: about one false alarm in a million reports.
    [[nodiscard]] bool looks_uniform() const {
      return views >= 500 && equal_sizes && worst_bit < 6.5 && worst_pair < 7.5 && bytes < 6.0;
    }
  };

  explicit ViewStatistics(std::size_t view_size) : columns_(view_size * 8) {}

  void add(BytesView view) {
    if (view.size() * 8 != columns_.size()) {
      equal_sizes_ = false;
      return;
    }
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      if (views_ % 64 == 0) {
        columns_[k].push_back(0);
      }
      columns_[k].back() |= static_cast<std::uint64_t>(view[k / 8] >> (k % 8) & 1) << (views_ % 64);
    }
    for (const Byte b : view) {
      ++byte_counts_[b];
    }
    ++views_;
  }

  [[nodiscard]] Report report() const {
    Report out;
    out.views = views_;
    out.equal_sizes = equal_sizes_;
    for (const auto& column : columns_) {
      out.worst_bit = std::max(out.worst_bit, deviation(ones_in(column)));
    }
    // Pairs of at most kPairBits positions, evenly spread over larger views.
    const std::size_t used = std::min(columns_.size(), kPairBits);
    const auto position = [&](std::size_t i) { return i * columns_.size() / used; };
    for (std::size_t a = 0; a < used; ++a) {
      for (std::size_t b = a + 1; b < used; ++b) {
        const auto& first = columns_[position(a)];
        const auto& second = columns_[position(b)];
        std::uint64_t differ = 0;
        for (std::size_t w = 0; w < first.size(); ++w) {
          differ += static_cast<std::uint64_t>(std::popcount(first[w] ^ second[w]));
        }
        out.worst_pair = std::max(out.worst_pair, deviation(differ));
      }
    }
    const double expected = static_cast<double>(views_ * columns_.size() / 8) / 256;
    double chi_square = 0;
    for (const std::uint64_t count : byte_counts_) {
      const double off = static_cast<double>(count) - expected;
      chi_square += expected > 0 ? off * off / expected : 0;
    }
    out.bytes = std::abs(chi_square - 255) / std::sqrt(2.0 * 255);
    return out;
  }

  /// The bit position whose frequency differs most between two collections, in standard deviations.
  [[nodiscard]] static double worst_difference(const ViewStatistics& a, const ViewStatistics& b) {
    if (a.columns_.size() != b.columns_.size() || a.views_ == 0 || b.views_ == 0) {
      return HUGE_VAL;
    }
    const auto n = static_cast<double>(a.views_);
    const auto m = static_cast<double>(b.views_);
    double worst = 0;
    for (std::size_t k = 0; k < a.columns_.size(); ++k) {
      const double gap = static_cast<double>(ones_in(a.columns_[k])) / n -
                         static_cast<double>(ones_in(b.columns_[k])) / m;
      worst = std::max(worst, std::abs(gap) / std::sqrt(0.25 / n + 0.25 / m));
    }
    return worst;
  }
  static constexpr double kDifferenceLimit = 6.5;

 private:
  static constexpr std::size_t kPairBits = 1024;

  static std::uint64_t ones_in(const std::vector<std::uint64_t>& column) {
    std::uint64_t ones = 0;
    for (const std::uint64_t word : column) {
      ones += static_cast<std::uint64_t>(std::popcount(word));
    }
    return ones;
  }
  double deviation(std::uint64_t ones) const {
    const auto n = static_cast<double>(views_);
    return n > 0 ? std::abs(static_cast<double>(ones) - n / 2) / std::sqrt(n / 4) : 0;
  }

  std::vector<std::vector<std::uint64_t>> columns_;  // by bit position, one bit per view
  std::array<std::uint64_t, 256> byte_counts_{};
  std::size_t views_ = 0;
  bool equal_sizes_ = true;
};

}  // namespace lightkeeper::match
