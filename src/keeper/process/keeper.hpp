// One keeper as a process: its folder and list, its links, its HTTP routes and the sessions that
// run between them.
//
// Who learns what: see docs/threat-model/keeper.md. Nothing that this keeper writes anywhere names
// a query, a hash or an address; /metrics and the log hold counters and states of links only.
#pragma once

#include <array>
#include <chrono>
#include <memory>

#include "core/base/clock.hpp"
#include "keeper/process/keeper_folder.hpp"

namespace lightkeeper::keeper {

class Keeper {
 public:
  struct Options {
    std::filesystem::path folder;
    Bytes list_file;                                // the signed hash list
    crypto::VerifyingKey trusted;                   // who signs lists and manifests
    std::array<PublicCard, match::kKeepers> cards;  // by index, this keeper's own among them
    std::string listen;                             // HTTP, host:port
    std::string link_listen;                        // host:port for the previous neighbour's calls
    bool behind_trusted_proxy = false;
    /// For the other keepers to have the query, and for each message after that.
    std::chrono::milliseconds answer_time{5000};
  };

  /// Opens folder, list and stored manifest, checks that the cards fit, starts links and HTTP. Then
  /// it agrees with its neighbours on the epoch secret, builds the openings and makes its offer.
  /// `clock` must outlive the keeper.
  [[nodiscard]] static Result<std::unique_ptr<Keeper>> start(Options options, Clock& clock);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  ~Keeper();
  /// The port that HTTP really has.
  [[nodiscard]] std::uint16_t port() const;
  /// Takes no more queries, lets running ones end, closes everything.
  void stop();

 private:
  struct State;
  explicit Keeper(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lightkeeper::keeper
