// The service put together: settings, data folder, rooms, routes, housekeeping; one object that
// runs while it lives.
#pragma once

#include <memory>
#include <string>

#include "service/accounts/accounts.hpp"
#include "service/routes/api.hpp"
#include "service/server/settings.hpp"

namespace lightkeeper::service {

struct InvitationLink {
  std::string code;
  std::string link;  // the messenger for people, the console for staff
};

/// What a hash-list epoch folder holds (manifest, tiles, leaves, list.pub), opened against its own
/// list key and put into the public facts. `manifest_stale` and signature errors refuse the start.
[[nodiscard]] Status read_epoch(const std::filesystem::path& folder, UnixMillis now,
                                routes::PublicFacts& facts);

/// The policy for pages: own files, own service, the keepers named here, and nothing else.
[[nodiscard]] std::string content_security_policy(std::string_view public_url,
                                                  std::span<const std::string> keepers);

/// A one-time code made in the data folder; works while a service runs on it.
[[nodiscard]] Result<InvitationLink> invite(const std::filesystem::path& data,
                                            const accounts::InvitationTerms& terms,
                                            std::string_view public_url);
[[nodiscard]] std::string invitation_link(std::string_view public_url, accounts::Role role,
                                          std::string_view code);

/// Where the service that runs on this folder listens, for a client on the same machine; as it says
/// itself in the folder's file `address`. `not_found` when none runs.
[[nodiscard]] Result<std::string> address_of_running(const std::filesystem::path& data);

class Server {
 public:
  /// Listens when it returns. `conflict` when another service uses the folder, `bad_configuration`,
  /// `io_failed`, ...
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const Settings& settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] const std::string& public_url() const;
  [[nodiscard]] Result<InvitationLink> invite(accounts::Role role);
  /// Every route as "METHOD pattern", for the check against api/openapi.json.
  [[nodiscard]] std::vector<std::string> routes() const;
  /// Lets running requests finish, closes sockets, stops housekeeping. Idempotent.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lightkeeper::service
